"""The process in which the notebook of a task is executed, and what it tells meanwhile."""

from __future__ import annotations

import contextvars
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from maze_nb.config import kill_grace
from maze_nb.runners import screen
from maze_nb.wire.records import FILE_VARIABLE, FOLDER_VARIABLE

_PROGRAM = "maze_nb.batch.notebook_program"
_PATIENCE_SECONDS = 2.0
_LAST_LINES = 20


class Outcome(msgspec.Struct, frozen=True):
    """What came of a notebook: an exit code as commands have it, and what went wrong."""

    exit_code: int
    error: str = ""
    traceback: str = ""


def execute(
    job: dict[str, Any],
    work: Path,
    *,
    slots: int,
    records: Path,
    values: Path | None,
    has_own_cluster: bool,
) -> Outcome:
    """Execute a notebook in a process group of its own, and wait for its end.

    What it prints is printed here, and its cells are told as the task's progress. The group is
    ended if this is interrupted.

    Parameters
    ----------
    job
        What the program is told; see :mod:`maze_nb.batch.notebook_program`.
    work
        A folder for files that it needs.
    slots
        How many slots a cluster that is started in the notebook has.
    records, values
        Where the notebook puts what it records, and its values that are no JSON.
    has_own_cluster
        Whether clients in the notebook start a cluster of their own.
    """
    path = work / "job.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    last: deque[str] = deque(maxlen=_LAST_LINES)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", _PROGRAM, str(path)],
        env=_environment(work, slots, records, values, has_own_cluster=has_own_cluster),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        process_group=0,
    )
    try:
        readers = [_reading(process.stdout, _hear), _reading(process.stderr, _Errors(last))]
        code = process.wait()
    except BaseException:
        _end(process)
        raise
    finally:
        _signal(process.pid, signal.SIGKILL)
    # What the notebook left running may hold the pipes open.
    for reader in readers:
        reader.join(_PATIENCE_SECONDS)
    try:
        return msgspec.json.decode(Path(job["outcome"]).read_bytes(), type=Outcome)
    except (OSError, msgspec.DecodeError):
        words = "".join(last).strip()
        return Outcome(code or 1, f"its process ended with exit code {code}", words)


def _environment(
    work: Path, slots: int, records: Path, values: Path | None, *, has_own_cluster: bool
) -> dict[str, str]:
    found = {**os.environ, FILE_VARIABLE: str(records), "DASK_MAZE__SLOTS": str(slots)}
    # What draws in a task does not in a kernel.
    found.pop("MPLBACKEND", None)
    found.pop(FOLDER_VARIABLE, None)
    if values is not None:
        found[FOLDER_VARIABLE] = str(values)
    if has_own_cluster:
        found["DASK_SCHEDULER_ADDRESS"] = ""
        found["DASK_MAZE__USE_KEPT"] = "False"
    modules = work / "modules"
    if modules.exists():
        others = filter(None, [found.get("PYTHONPATH")])
        found["PYTHONPATH"] = os.pathsep.join([str(modules), *others])
    return found


def _reading(pipe: IO[str] | None, hear: Callable[[str], None]) -> threading.Thread:
    """Have each line heard in a thread that belongs to the task."""
    assert pipe is not None
    context = contextvars.copy_context()

    def read() -> None:
        # The pipe may be closed behind this thread's back.
        with pipe, suppress(ValueError, OSError):
            for line in pipe:
                hear(line)

    thread = threading.Thread(target=context.run, args=(read,), name="notebook", daemon=True)
    thread.start()
    return thread


def _hear(line: str) -> None:
    """Take in a line of the program: JSON, or what the notebook wrote past its kernel."""
    try:
        told = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        sys.stdout.write(line)
        return
    if "cells" in told:
        shown_by = screen.current.get()
        if shown_by is not None:
            shown_by.progress(float(told["cell"]) - 1, float(told["cells"]), "cells")
    if "note" in told:
        sys.stdout.write(f"{told['note']}\n")
    if "text" in told:
        (sys.stderr if told.get("stream") == "stderr" else sys.stdout).write(told["text"])


class _Errors:
    """Passes on what the program writes to its standard error, and keeps the last of it."""

    def __init__(self, last: deque[str]) -> None:
        self._last = last

    def __call__(self, line: str) -> None:
        self._last.append(line)
        sys.stderr.write(line)


def _end(process: subprocess.Popen[str]) -> None:
    """Tell the group to end, so that the notebook is written as it is, and then end it."""
    _signal(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(kill_grace())


def _signal(group: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
