"""What came of one combination, gathered from its run and the notebook that it left."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.projection.bounded import first_line
from maze_nb.sdk.sweep.folder import SweepFolder
from maze_nb.sdk.sweep.row import Row, recorded_in
from maze_nb.sdk.task_files import TaskFiles
from maze_nb.wire.records import read_notebook

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run


def row_of(row: Row, run: Run, folder: SweepFolder, notebook: str, count: int) -> Row:
    """Return a row with what came of its run; its output notebook is put into the folder.

    Parameters
    ----------
    notebook
        The file name of the notebook.
    count
        How many combinations the sweep has.
    """
    started = ended = None
    error, task_id = "", ""
    for message in run.log.read():
        data = message["data"]
        if message["type"] == "start_task":
            started, task_id = message["time"], data["task_id"]
        elif message["type"] in FINAL_MESSAGES:
            ended = message["time"]
            error = _error(data, notebook)
    content = _left(run, task_id, notebook) if task_id else b""
    name = folder.output_name(row, count) if content else ""
    if name:
        folder.write(name, content)
    return msgspec.structs.replace(
        row,
        status=run.status,
        seconds=round(ended - started, 3) if started and ended else None,
        error=error,
        run_id=run.run_id,
        notebook=name,
        recorded=recorded_in(read_notebook(_parsed(content)), name),
    )


def _error(data: dict[str, Any], notebook: str) -> str:
    """Return what went wrong in one line, empty if nothing did."""
    told = data.get("error")
    if not told:
        return str(data.get("reason") or "")
    text = first_line(told["message"] or told["type"])
    return text.removeprefix(f"notebook {notebook!r} failed: ")


def _left(run: Run, task_id: str, notebook: str) -> bytes:
    """Return the output notebook of a task, from this machine or its worker; nothing if none."""
    # One notebook that cannot be had does not end the others.
    with suppress(OSError):
        for name, held in TaskFiles(run, run.client).all(task_id):
            if name == notebook:
                return held.read_bytes() if isinstance(held, Path) else held
    return b""


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
