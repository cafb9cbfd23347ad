"""A cluster whose processes have disks of their own: none sees what another has."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import Cluster

SCHEDULER = "scheduler"


def hidden(*folders: Path) -> list[str]:
    """Return the beginning of a command that runs where these folders are empty, its own."""
    mounts = " && ".join(f"mount -t tmpfs none {folder}" for folder in folders)
    return ["unshare", "-m", "sh", "-c", f'{mounts} && exec "$@"', "sh"]


def can_hide() -> bool:
    """Tell whether folders can be hidden from processes here."""
    if shutil.which("unshare") is None:
        return False
    looked = subprocess.run(
        [*hidden(Path("/mnt")), "true"], check=False, capture_output=True, timeout=30
    )
    return looked.returncode == 0


needs_hiding = pytest.mark.skipif(
    not can_hide(), reason="folders cannot be hidden from processes here: that takes root"
)


class Apart(Cluster):
    """A scheduler and workers of which each sees its own folder only.

    Nobody but the scheduler sees the scheduler's, not even who has started it.

    Parameters
    ----------
    folder
        A folder within which each has one, by its name.
    workers
        The names of the workers; each is a node, with its name as a tag.
    """

    def __init__(
        self, folder: Path, workers: tuple[str, ...] = ("one", "two"), *options: str
    ) -> None:
        self.homes = {name: folder / name for name in (SCHEDULER, *workers)}
        for home in self.homes.values():
            home.mkdir(parents=True)
        self._starting = SCHEDULER
        super().__init__(folder, {"MAZE_HOME": str(self.homes[SCHEDULER])})
        for name in workers:
            self._starting = name
            env = {
                "MAZE_HOME": str(self.homes[name]),
                "RESULTS_DIR": str(self.homes[name] / "results"),
                "MAZE_TAGS": name,
            }
            self.add_worker(name, *options, env=env)

    def results(self, worker: str) -> Path:
        """Return the folder for results of a worker."""
        return self.homes[worker] / "results"

    def _start(
        self, arguments: list[str], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        others = [home for name, home in self.homes.items() if name != self._starting]
        own = [self.homes[SCHEDULER]] if self._starting == SCHEDULER else []
        return super()._start([*hidden(*others, *own), *arguments], env)
