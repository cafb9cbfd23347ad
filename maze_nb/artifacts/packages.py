"""The packages that stores take, and the extras that bring them."""

from __future__ import annotations

import importlib.util

from maze_nb.errors import ArtifactError

_PACKAGES = {"s3": ("s3fs", "s3")}


def check_packages(scheme: str) -> None:
    """Raise ArtifactError if a package is missing that URLs of a scheme take."""
    package, extra = _PACKAGES.get(scheme, ("", ""))
    if package and importlib.util.find_spec(package) is None:
        raise ArtifactError(
            f"files at {scheme}:// take the package {package}, which is not installed here: "
            f"pip install 'maze-nb[{extra}]'"
        )
