"""The build hook that puts into the wheel what does not lie in the package folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VIEW = "maze_nb/widgets/static/view.js"
LAB = "maze_nb/labextension"
LAB_PLACE = "share/jupyter/labextensions/maze-nb"
SERVER = "extension/server_config.json"
SERVER_PLACE = "etc/jupyter/jupyter_server_config.d/maze_nb.json"
QUICKSTART = "notebooks/01_quickstart.ipynb"


class WheelContentHook(BuildHookInterface[Any]):
    """Adds the two bundles of npm, what tells Jupyter of them, and the quickstart notebook."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundles unless they exist, and name the places in the wheel.

        An editable install reads bundles and notebook from the checkout, where ``make install``
        rebuilds the bundles whenever their sources change, and links the JupyterLab extension.
        """
        build_data["shared_data"][SERVER] = SERVER_PLACE
        if version == "editable":
            return
        root = Path(self.root)
        if missing_bundles(root):
            build_bundles(root)
        build_data["shared_data"][LAB] = LAB_PLACE
        build_data["force_include"][QUICKSTART] = "maze_nb/batch/quickstart.ipynb"


def missing_bundles(root: Path) -> list[str]:
    """Return which of the files that npm builds are not there."""
    return [path for path in (VIEW, f"{LAB}/package.json") if not (root / path).exists()]


def build_bundles(root: Path) -> None:
    """Run npm in ``extension/``; raise a clear error when there is no npm."""
    missing = " and ".join(missing_bundles(root))
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            f"{missing} must be built from extension/, and npm was not found. "
            "Install Node.js 20 or newer, or run `make install` first, which brings its own."
        )
    for verb in (["ci"], ["run", "build"]):
        subprocess.run([npm, *verb], cwd=root / "extension", check=True)
    if missing_bundles(root):
        raise RuntimeError(f"`npm run build` in extension/ did not write {missing}")
