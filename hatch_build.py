"""The build hook that puts into the wheel what does not lie in the package folder."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VIEW = "maze_nb/widgets/static/view.js"
QUICKSTART = "notebooks/01_quickstart.ipynb"


class WheelContentHook(BuildHookInterface[Any]):
    """Adds the notebook view, bundled by npm, and the quickstart notebook."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the bundle unless it exists, and name the notebook's place in the wheel.

        An editable install reads both from the checkout, where ``make install`` rebuilds the
        bundle whenever its sources change.
        """
        if version == "editable":
            return
        root = Path(self.root)
        if not (root / VIEW).exists():
            build_view(root)
        build_data["force_include"][QUICKSTART] = "maze_nb/batch/quickstart.ipynb"


def build_view(root: Path) -> None:
    """Run npm in ``extension/``; raise a clear error when there is no npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            f"{VIEW} is missing and npm was not found to build it from extension/. "
            "Install Node.js 20 or newer, or run `make install` first, which brings its own."
        )
    for verb in (["ci"], ["run", "build"]):
        subprocess.run([npm, *verb], cwd=root / "extension", check=True)
    if not (root / VIEW).exists():
        raise RuntimeError(f"`npm run build` in extension/ did not write {VIEW}")
