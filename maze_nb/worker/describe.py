"""What is told of a task's outputs and of its failure."""

from __future__ import annotations

import socket
import traceback
from types import TracebackType
from typing import Any

from dask.sizeof import sizeof

from maze_nb.config import inline_limit
from maze_nb.model.events import ErrorInfo, OutputInfo
from maze_nb.wire.code import check_picklable, dump_value, load_value
from maze_nb.wire.exception import dump_exception
from maze_nb.wire.packed import Packed, pack
from maze_nb.wire.task_call import FailureReport, TaskCall

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
    nbytes, inline = _inline(value, _what(name, call))
    if inline is None:
        check_picklable(value, _what(name, call))
    return OutputInfo(name, type(value).__qualname__, nbytes, summarise(value), inline)


def pack_large(name: str, value: Any, call: TaskCall) -> tuple[OutputInfo, Packed | None]:
    """Return what is told of one output, and the output packed if it is not put in whole.

    Raises
    ------
    SerializationError
        If the value cannot be pickled.
    """
    nbytes, inline = _inline(value, _what(name, call))
    packed = pack(value, _what(name, call)) if inline is None else None
    info = OutputInfo(name, type(value).__qualname__, nbytes, summarise(value), inline)
    return info, packed


def pack_output(name: str, value: Any, call: TaskCall) -> tuple[OutputInfo, Packed]:
    """Return what is told of one output, and the output packed.

    Raises
    ------
    SerializationError
        If the value cannot be pickled.
    """
    info, packed = pack_large(name, value, call)
    return info, Packed(info.inline or b"") if packed is None else packed


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


def describe_failure(
    error: BaseException, call: TaskCall, attempt: int, started: float, duration: float
) -> FailureReport:
    """Return all that is told of a failed attempt."""
    return FailureReport(
        started,
        duration,
        traceback_text(error),
        describe_error(error, call, attempt),
        is_retryable=is_retryable(error, call.retry_on),
    )


def is_retryable(error: BaseException, retry_on: bytes) -> bool:
    """Return whether a failure is of a type after which the task is to be tried again.

    Parameters
    ----------
    retry_on
        The pickled exception types; empty: any exception, but none that asks a program to end.
    """
    if not retry_on:
        return isinstance(error, Exception)
    try:
        return isinstance(error, tuple(load_value(retry_on)))
    except Exception:  # noqa: BLE001 - unpickling runs the user's own code
        return False


def describe_error(error: BaseException, call: TaskCall, attempt: int) -> ErrorInfo:
    """Return a user's failure as a value."""
    return ErrorInfo(
        type=type(error).__qualname__,
        message=_message(error),
        task=call.name,
        attempt=attempt,
        host=socket.gethostname(),
        exception=dump_exception(error),
    )


def traceback_text(error: BaseException) -> str:
    """Return the traceback without the frames of Maze and Dask that only carried the call."""
    try:
        return "".join(
            traceback.format_exception(type(error), error, _users_part(error.__traceback__))
        )
    except Exception:  # noqa: BLE001 - formatting runs the user's own __str__
        return f"{type(error).__qualname__} (its traceback cannot be shown)\n"


def _what(name: str, call: TaskCall) -> str:
    return f"output {name!r} of task {call.name!r}"


def _inline(value: Any, what: str) -> tuple[int, bytes | None]:
    """Return about how many bytes a value has, and its pickle if that is small."""
    nbytes = int(sizeof(value))
    limit = inline_limit()
    if nbytes > limit:
        return nbytes, None
    data = dump_value(value, what)
    return (nbytes, data) if len(data) <= limit else (len(data), None)


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
