"""What is told of a task's outputs and of its failure."""

from __future__ import annotations

import socket
import traceback
from types import TracebackType
from typing import Any

from dask.sizeof import sizeof

from maze_nb.config import inline_limit
from maze_nb.errors import SerializationError
from maze_nb.model.events import ErrorInfo, OutputInfo
from maze_nb.wire.code import check_picklable, dump_value
from maze_nb.wire.task_call import TaskCall

_INTERNAL = ("/maze_nb/worker/", "/maze_nb/runners/", "/distributed/", "/dask/")
_SUMMARY_CHARACTERS = 120
_SCALARS = (type(None), bool, int, float, str, bytes)


def describe_output(name: str, value: Any, call: TaskCall) -> OutputInfo:
    """Return what is told of one output; small values are put in whole.

    Raises
    ------
    SerializationError
        If the value cannot be pickled, so that nobody could ever read it.
    """
    nbytes = int(sizeof(value))
    what = f"output {name!r} of task {call.name!r}"
    inline: bytes | None = None
    limit = inline_limit()
    if nbytes <= limit:
        inline = dump_value(value, what)
        if len(inline) > limit:
            nbytes, inline = len(inline), None
    else:
        check_picklable(value, what)
    return OutputInfo(name, type(value).__qualname__, nbytes, summarise(value), inline)


def summarise(value: Any) -> str:
    """Return a few words on a value: its type, shape and dtype or length; never fails."""
    kind = type(value).__qualname__
    if isinstance(value, _SCALARS):
        return kind
    try:
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple):
            dtype = getattr(value, "dtype", None)
            return f"{kind} {shape}{f' {dtype}' if dtype is not None else ''}"[:_SUMMARY_CHARACTERS]
        return f"{kind}, {len(value)} items" if hasattr(value, "__len__") else kind
    except Exception:  # noqa: BLE001 - a user's object may raise anything when looked at
        return kind


def describe_error(error: BaseException, call: TaskCall, attempt: int) -> ErrorInfo:
    """Return a user's failure as a value."""
    try:
        pickled = dump_value(error, "the exception")
    except SerializationError:
        pickled = None
    return ErrorInfo(
        type=type(error).__qualname__,
        message=_message(error),
        task=call.name,
        attempt=attempt,
        host=socket.gethostname(),
        exception=pickled,
    )


def traceback_text(error: BaseException) -> str:
    """Return the traceback without the frames of Maze and Dask that only carried the call."""
    try:
        return "".join(
            traceback.format_exception(type(error), error, _users_part(error.__traceback__))
        )
    except Exception:  # noqa: BLE001 - formatting runs the user's own __str__
        return f"{type(error).__qualname__} (its traceback cannot be shown)\n"


def _users_part(found: TracebackType | None) -> TracebackType | None:
    while found is not None and any(
        part in found.tb_frame.f_code.co_filename for part in _INTERNAL
    ):
        found = found.tb_next
    return found


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        return "(its message cannot be shown)"
