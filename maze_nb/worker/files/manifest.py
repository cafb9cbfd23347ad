"""The list of the files that a task was to leave, and of those that it left, as JSON."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.worker.files.attempt_file import read_attempt_file, write_attempt_file
from maze_nb.worker.files.task_folder import MANIFEST, is_ours

if TYPE_CHECKING:
    from maze_nb.artifacts.artifact import Artifact
    from maze_nb.worker.current_task import CurrentTask

VERSION = 1
_NAMED = 1000


def write_manifest(
    task: CurrentTask,
    status: str,
    expected: Mapping[str, str],
    artifacts: Sequence[Artifact] = (),
    left_out: Mapping[str, str] | None = None,
    location: str = "",
) -> None:
    """Write what is known of the files of an attempt, unless a later attempt has done so.

    Parameters
    ----------
    status
        How the attempt stands.
    expected
        The patterns of the files that it is to leave, by output.
    left_out
        Why other files are not among its artifacts, by name.
    location
        The URL of all of them.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    told = {
        "version": VERSION,
        "run_id": task.run_id,
        "task_id": task.task_id,
        "task_name": task.name,
        "attempt": task.attempt,
        "status": status,
        "result_location": location,
        "expected": [
            {"output": output, "pattern": pattern, "found": matches(task.folder, pattern)}
            for output, pattern in expected.items()
        ],
        "artifacts": [
            {
                "name": artifact.name,
                "size": artifact.nbytes,
                "sha256": artifact.sha256 or None,
                "url": artifact.url,
            }
            for artifact in artifacts
        ],
        "left_out": [{"name": name, "why": why} for name, why in (left_out or {}).items()],
    }
    write_attempt_file(task.folder / MANIFEST, told)


def expected_before(task: CurrentTask) -> dict[str, str]:
    """Return which files an attempt was to leave, as it said when it began."""
    told: Any = read_attempt_file(task.folder / MANIFEST)
    with suppress(KeyError, TypeError):
        if told["attempt"] == task.attempt:
            return {each["output"]: each["pattern"] for each in told["expected"]}
    return {}


def matches(folder: Path, pattern: str) -> list[str]:
    """Return the names of the files below a folder that a pattern stands for, in order."""
    with suppress(OSError, ValueError):
        found = glob.glob(pattern, root_dir=folder, recursive=True, include_hidden=True)  # noqa: PTH207 - absolute ones too
        names = (name for name in found if not is_ours(name.partition("/")[0]))
        return sorted(name for name in names if (folder / name).is_file())[:_NAMED]
    return []
