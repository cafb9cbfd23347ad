"""Checks that Python and the packages are of versions that Maze works with."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib import metadata
from typing import TYPE_CHECKING

from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok
from maze_nb.version import __version__

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_PACKAGE = "maze-nb"
_AGAIN = f"install it again: pip install --upgrade {_PACKAGE}"


def check_versions(_surroundings: Surroundings) -> Iterator[Finding]:
    """Compare what is installed with what the installed Maze asks for."""
    try:
        told = metadata.metadata(_PACKAGE)
        required = metadata.requires(_PACKAGE) or []
    except metadata.PackageNotFoundError:
        yield note(
            "maze-nb",
            f"{__version__}, which was not installed but is only found on the path of modules, so "
            "that it does not say what it needs",
            f"install it: pip install {_PACKAGE}",
        )
        yield ok("Python", platform.python_version())
        return
    yield _maze(told["Version"])
    yield _python(told["Requires-Python"])
    yield from _packages(required)


def _maze(installed: str | None) -> Finding:
    if installed == __version__:
        return ok("maze-nb", __version__)
    return note(
        "maze-nb",
        f"{__version__} is used, but what is installed says that it is {installed}",
        _AGAIN,
    )


def _python(wanted: str | None) -> Finding:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    version = platform.python_version()
    try:
        fits = SpecifierSet(wanted or "").contains(version, prereleases=True)
    except InvalidSpecifier:
        fits = True
    if fits:
        return ok("Python", version)
    return fault(
        "Python",
        f"{version}, and maze-nb needs {wanted}",
        "make an environment with such a Python, and install maze-nb there",
    )


def _packages(lines: list[str]) -> Iterator[Finding]:
    from packaging.requirements import InvalidRequirement, Requirement

    wanted = []
    for line in lines:
        try:
            one = Requirement(line)
        except InvalidRequirement:
            yield note("packages", f"{line!r}, which maze-nb asks for, is not understood", _AGAIN)
            continue
        if one.marker is None or one.marker.evaluate({"extra": ""}):
            wanted.append(one)
    faults = [found for found in map(_trouble, wanted) if found is not None]
    yield from faults
    if not faults:
        yield ok("packages", f"all {len(wanted)} that maze-nb needs, in versions that will do")


def _trouble(wanted: Requirement) -> Finding | None:
    """Return what is wrong with a package, None if nothing is."""
    how = f'pip install "{wanted.name}{wanted.specifier}"'
    try:
        version = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return fault(wanted.name, "is not installed", how)
    if wanted.specifier.contains(version, prereleases=True):
        return None
    return fault(wanted.name, f"{version}, and maze-nb needs {wanted.specifier}", how)
