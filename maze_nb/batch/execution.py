"""One execution of a notebook: by which name it can be resumed, and where its runs are noted."""

from __future__ import annotations

import fcntl
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from maze_nb.batch.environment import variable
from maze_nb.config import home
from maze_nb.errors import MazeError
from maze_nb.sdk.resumption import VARIABLE

KEY = "maze_execution"
"""What of the metadata of an output notebook is Maze's."""

RUNNING = "running"
SUCCEEDED = "succeeded"
FAILED = "failed"
INTERRUPTED = "interrupted"


def new_execution() -> str:
    """Return a name for an execution that nobody has yet."""
    return uuid.uuid4().hex


def note(notebook: Any, name: str, **told: str) -> None:
    """Write into a notebook which execution it is from, and what else is told of it."""
    notebook.metadata[KEY] = {"name": name, **told}


def noted(notebook: Any) -> Mapping[str, str]:
    """Return what is written in a notebook of its execution, nothing if it has none."""
    found = notebook.metadata.get(KEY)
    return dict(found) if isinstance(found, dict) and isinstance(found.get("name"), str) else {}


def end(notebook: Any, status: str) -> None:
    """Write into a notebook how its execution ended."""
    notebook.metadata[KEY]["status"] = status


@contextmanager
def kept_runs(name: str) -> Iterator[Path]:
    """Have kernels that are started in here note their runs by the name of an execution.

    Yields
    ------
    Path
        The file in which they are noted.

    Raises
    ------
    MazeError
        If another process is about it.
    """
    file = home() / "notebooks" / f"{name}.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise MazeError(
                "this notebook is being executed by another process: wait for it, or end it"
            ) from error
        with variable(VARIABLE, str(file)):
            yield file


def forget(file: Path) -> None:
    """Drop what is noted of an execution that nobody will resume."""
    with suppress(OSError):
        file.unlink()
