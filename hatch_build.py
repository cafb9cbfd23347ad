"""The build hook that puts the notebook view, a bundle made by npm, into the package."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VIEW = "maze_nb/widgets/static/view.js"


class ViewBuildHook(BuildHookInterface[Any]):
    """Builds ``view.js`` from ``extension/`` when it is not there yet."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Run npm unless the bundle exists.

        An editable install leaves the bundle to ``make install``, which rebuilds it whenever
        its sources change.
        """
        root = Path(self.root)
        if version == "editable" or (root / VIEW).exists():
            return
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError(
                f"{VIEW} is missing and npm was not found to build it from extension/. "
                "Install Node.js 20 or newer, or run `make install` first, which brings its own."
            )
        env = {**os.environ, "npm_config_fund": "false", "npm_config_audit": "false"}
        for verb in (["ci"], ["run", "build"]):
            subprocess.run([npm, *verb], cwd=root / "extension", env=env, check=True)
        if not (root / VIEW).exists():
            raise RuntimeError(f"`npm run build` in extension/ did not write {VIEW}")
