"""Brings outputs that are too big for messages: from files, or from the cluster's memory."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.errors import MazeError, ResultLostError
from maze_nb.model.output import StoredFile
from maze_nb.sdk.caller import Caller
from maze_nb.wire.keys import task_key
from maze_nb.wire.packed import unpack
from maze_nb.wire.reply import answer_of
from maze_nb.wire.submission import encode_stored
from maze_nb.wire.value_file import load_once, read_or_set_aside, read_value_bytes

_PATIENCE = 600.0
_PAUSE = 0.2


def fetch_output(caller: Caller | None, data: Mapping[str, Any], output: Mapping[str, Any]) -> Any:
    """Return one output of a task that has finished.

    If it is only in the cluster's memory, was lost there with a worker and is being made again,
    this waits for it.

    Parameters
    ----------
    caller
        Calls the scheduler; None if there is none to call.
    data
        The data of the message that the task has finished.
    output
        What that tells of the output.

    Raises
    ------
    ResultLostError
        If neither a file nor the cluster has it.
    """
    told = output.get("stored")
    if told is not None:
        return _from_file(caller, msgspec.convert(told, StoredFile), data, output["name"])
    if caller is None:
        raise _lost(data, output["name"], "it was only in the memory of a cluster")
    return _from_memory(caller, data)[output["name"]]


def _from_file(
    caller: Caller | None, stored: StoredFile, data: Mapping[str, Any], name: str
) -> Any:
    try:
        if Path(stored.path).exists():
            return load_once(read_or_set_aside(stored.path, stored.digest))
        if caller is None:
            raise ResultLostError(f"{stored.path} on {stored.host} is not there")
        return load_once(read_value_bytes(_all_pieces(caller, stored), stored.digest))
    except MazeError as error:
        raise _lost(data, name, str(error)) from error


def _all_pieces(caller: Caller, stored: StoredFile) -> bytearray:
    found = bytearray()
    while len(found) < stored.nbytes:
        piece = caller.call("maze_read", stored=encode_stored(stored), offset=len(found))
        if not piece["data"] or piece["size"] != stored.nbytes:
            raise ResultLostError(f"{stored.path} on {stored.host} was cut short")
        found += piece["data"]
    return found


def _from_memory(caller: Caller, data: Mapping[str, Any]) -> Mapping[str, Any]:
    name, run_id = data["task_name"], data["run_id"]
    key = task_key(name, run_id, data["task_id"])
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        reply = caller.ask("gather", keys=[key])
        if reply["status"] == "OK":
            return {name: unpack(value) for name, value in reply["data"][key].items()}
        if not answer_of(caller.ask("maze_want", key=key)):
            break
        time.sleep(_PAUSE)
    raise ResultLostError(
        f"the outputs of task {name!r} of run {run_id} are not held by the cluster any more: "
        f"run.rerun(failed_only=True) makes them again"
    )


def _lost(data: Mapping[str, Any], name: str, why: str) -> ResultLostError:
    return ResultLostError(
        f"output {name!r} of task {data['task_name']!r} of run {data['run_id']} cannot be read: "
        f"{why}. run.rerun(failed_only=True) makes it again; if the run is forgotten too, "
        f"run the workflow again"
    )
