"""The process that executes a notebook for a test, in bounded time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from maze_nb.wire.records import FILE_VARIABLE, FOLDER_VARIABLE

_PROGRAM = "maze_nb.batch.notebook_program"
_LEAVE_SECONDS = 15.0
_FAILED = 1


def run_program(job: dict[str, Any], folder: Path, timeout: float) -> dict[str, Any]:
    """Execute a notebook, and return what the program tells of it.

    What it prints beside its messages is printed here, where pytest captures it.

    Parameters
    ----------
    job
        What the program is told; see :mod:`maze_nb.batch.notebook_program`.
    folder
        Where it may leave files; values that are no JSON are in ``values`` there.
    timeout
        After so many seconds it is interrupted, which still writes the notebook.
    """
    file, told, values = folder / "job.json", folder / "outcome.json", folder / "values"
    values.mkdir()
    file.write_text(json.dumps({**job, "outcome": str(told)}), encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", _PROGRAM, str(file)],
        env={**os.environ, FILE_VARIABLE: str(folder / "records"), FOLDER_VARIABLE: str(values)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        process_group=0,
    )
    printed, is_late = _waited(process, timeout)
    outcome = _read(told, process.returncode, printed)
    if is_late:
        outcome |= {"error": f"it took longer than {timeout:g} s (the setting maze_timeout)"}
    return outcome


def _waited(process: subprocess.Popen[str], timeout: float) -> tuple[str, bool]:
    """Wait for the end; return what was printed, and whether the time was up."""
    printed, is_late = "", False
    try:
        printed = process.communicate(timeout=timeout)[0]
    except subprocess.TimeoutExpired:
        is_late = True
    finally:
        if process.poll() is None:
            printed = _end(process)
        # The kernel may have left programs of its own.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for line in printed.splitlines():
        _show(line)
    return printed, is_late


def _end(process: subprocess.Popen[str]) -> str:
    """Have the program write what there is and end; else end it."""
    process.send_signal(signal.SIGTERM)
    try:
        return process.communicate(timeout=_LEAVE_SECONDS)[0]
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.communicate(timeout=_LEAVE_SECONDS)[0]


def _show(line: str) -> None:
    """Print a line of the program, which is a message as JSON or what the notebook wrote."""
    try:
        told = json.loads(line)
    except ValueError:
        told = {"text": f"{line}\n"}
    if isinstance(told, dict):
        text = f"{told['note']}\n" if "note" in told else told.get("text", "")
        stream = sys.stderr if told.get("stream") == "stderr" else sys.stdout
        stream.write(str(text))


def _read(told: Path, code: int, printed: str) -> dict[str, Any]:
    try:
        outcome: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {
            "exit_code": _FAILED,
            "error": f"its process ended with exit code {code}",
            "traceback": printed,
            "run_ids": [],
            "records": [],
            "seconds": 0.0,
        }
    return outcome
