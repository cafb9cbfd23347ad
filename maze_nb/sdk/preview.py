"""Previews of what tasks made, by a child process that is ended when it takes too long."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from maze_nb.errors import ResultLostError, nearest
from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.humane import duration_text, size_text
from maze_nb.sdk.outputs import Outputs
from maze_nb.sdk.preview_program import Wanted
from maze_nb.sdk.run_index import RunIndex

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run

BIGGEST = 64 * 2**20
"""The bytes above which a value is not loaded but described."""
PATIENCE = 20.0
"""Seconds after which a value is looked at no longer."""
TOLD = 2 * 2**20
"""The bytes of an answer, at most."""
_PROGRAM = "maze_nb.sdk.preview_program"


def preview_output(run: Run, task_id: str, output: str, patience: float = PATIENCE) -> Preview:
    """Return what there is to see of an output of a task that has succeeded.

    Raises
    ------
    ResultLostError
        If the task has not succeeded, or has no such output.
    """
    data = _finished(run, task_id)
    told = {str(each["name"]): each for each in data["outputs"]}
    if output not in told:
        raise ResultLostError(
            f"task {data['task_name']!r} has no output {output!r}: {nearest(output, told)}"
        )
    about = told[output]
    described = _described(about)
    if (about.get("nbytes") or 0) > BIGGEST:
        size = size_text(about["nbytes"])
        return {**described, "note": f"{size}: too big to be looked at here; read it in a cell"}
    wanted = _wanted(run, data, about)
    return {**described, **look_at(wanted, patience)}


Preview = dict[str, Any]


def look_at(wanted: Wanted, patience: float = PATIENCE) -> Preview:
    """Return what a process of its own says of a value; it is ended after so many seconds."""
    command = [sys.executable, "-m", _PROGRAM]
    env = {**os.environ, "MPLBACKEND": "agg"}
    given = msgspec.msgpack.encode(wanted)
    try:
        done = subprocess.run(
            command, input=given, capture_output=True, timeout=patience, check=False, env=env
        )
    except subprocess.TimeoutExpired:
        return {"error": f"it took longer than {duration_text(patience)} to be looked at"}
    if done.returncode != 0 or len(done.stdout) > TOLD:
        return {"error": _ended(done)}
    try:
        found: Preview = msgspec.json.decode(done.stdout, type=dict[str, Any])
    except msgspec.DecodeError:
        return {"error": "what was said of it cannot be read"}
    return found


def _wanted(run: Run, data: Mapping[str, Any], about: Mapping[str, Any]) -> Wanted:
    path = (*filter(None, sys.path), str(Path.cwd()))
    result = data.get("result")
    pickled = result.pickled(about["name"]) if isinstance(result, Outputs) else None
    if pickled is not None:
        return Wanted(pickled, path=path)
    stored = about.get("stored")
    if stored and Path(stored["path"]).is_file():
        return Wanted(file=stored["path"], digest=stored["digest"], path=path)
    return Wanted(
        address=run.client.address,
        run_id=run.run_id,
        task_id=data["task_id"],
        output=about["name"],
        path=path,
    )


def _finished(run: Run, task_id: str) -> Mapping[str, Any]:
    index = RunIndex(run.log)
    index.refresh()
    message = index.final.get(index.task_id_of(task_id))
    if message is None or message["type"] != "finish_task":
        name = index.names[task_id]
        raise ResultLostError(f"task {name!r} has not succeeded, so there is nothing to look at")
    found: Mapping[str, Any] = message["data"]
    return found


def _described(about: Mapping[str, Any]) -> Preview:
    return {
        "name": bounded_text(about["name"], 200),
        "type": bounded_text(about.get("type"), 200),
        "nbytes": about.get("nbytes"),
        "mime": "text/plain",
        "text": bounded_text(about.get("summary"), 200),
        "image": "",
        "html": "",
        "note": "",
        "error": "",
    }


def _ended(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode == 0:
        return "what there is to see of it is too big to be shown here"
    if done.returncode < 0:
        return f"looking at it ended its process (signal {-done.returncode})"
    last = first_line(done.stderr.decode(errors="replace").rstrip().rpartition("\n")[2], 500)
    return f"looking at it ended its process: {last}"
