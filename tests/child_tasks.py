"""Tasks for child processes, which note their processes, and whether those are there."""

from __future__ import annotations

from pathlib import Path

import psutil

from maze_nb import task
from tests.waiting import wait_until

SECONDS_UNTIL_GONE = 5.0


def note_pids(folder: str, *pids: int) -> None:
    draft = Path(folder, "draft")
    draft.write_text(" ".join(map(str, pids)))
    draft.rename(Path(folder, "pids"))


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def noted_pids(folder: Path) -> list[int]:
    wait_until((folder / "pids").exists)
    return [int(pid) for pid in (folder / "pids").read_text().split()]


def wait_until_gone(pids: list[int]) -> None:
    wait_until(lambda: not any(map(is_there, pids)), SECONDS_UNTIL_GONE)


@task
def double(value):
    return 2 * value


@task
def goes_wrong(value):
    nested = {"value": value}
    return nested["valeu"]
