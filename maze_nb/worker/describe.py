"""What is told of a task's outputs and of its failure."""

from __future__ import annotations

import socket
import traceback
from types import TracebackType
from typing import Any

from dask.sizeof import sizeof

from maze_nb.artifacts.artifact import Artifact
from maze_nb.config import inline_limit
from maze_nb.model.attempt import ErrorInfo
from maze_nb.model.output import OutputInfo, StoredFile
from maze_nb.runners.items import length_of, truth_of
from maze_nb.wire.code import check_picklable, dump_value, load_value
from maze_nb.wire.exception import dump_exception
from maze_nb.wire.packed import Packed, pack
from maze_nb.wire.task_call import FailureReport, TaskCall
from maze_nb.worker.masking import holds_secret, mask

_INTERNAL = ("/maze_nb/worker/", "/maze_nb/runners/", "/distributed/", "/dask/")
_ARTIFACTS = b"maze_nb.artifacts.artifact"
_MOST_LOOKED_AT = 100_000
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
    return _info(name, value, nbytes, inline, call)


def pack_large(name: str, value: Any, call: TaskCall) -> tuple[OutputInfo, Packed | None]:
    """Return what is told of one output, and the output packed if it is not put in whole.

    Raises
    ------
    SerializationError
        If the value cannot be pickled.
    """
    nbytes, inline = _inline(value, _what(name, call))
    packed = pack(value, _what(name, call)) if inline is None else None
    return _info(name, value, nbytes, inline, call), packed


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
    if isinstance(value, Artifact):
        return value.summary[:_SUMMARY_CHARACTERS]
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
        exception=_exception(error),
    )


def traceback_text(error: BaseException) -> str:
    """Return the traceback without the frames of Maze and Dask that only carried the call."""
    try:
        users_part = _users_part(error.__traceback__)
        return mask("".join(traceback.format_exception(type(error), error, users_part)))
    except Exception:  # noqa: BLE001 - formatting runs the user's own __str__
        return f"{type(error).__qualname__} (its traceback cannot be shown)\n"


def _info(name: str, value: Any, nbytes: int, inline: bytes | None, call: TaskCall) -> OutputInfo:
    files: tuple[StoredFile, ...] = ()
    content = ""
    if name in call.automatic or _may_stand_for_files(value, inline):
        from maze_nb.worker.files.files_behind import files_behind

        files, content = files_behind(name, value, call)
    return OutputInfo(
        name,
        type(value).__qualname__,
        nbytes,
        summarise(value),
        inline,
        length=length_of(value),
        truth=truth_of(value),
        files=files,
        content=content,
    )


def _may_stand_for_files(value: Any, inline: bytes | None) -> bool:
    """Return whether there may be artifacts in a value; of most that is seen at once."""
    if inline is not None:
        return _ARTIFACTS in inline
    if type(value) not in (list, tuple, dict) or not 0 < len(value) <= _MOST_LOOKED_AT:
        return False
    first = next(iter(value.values() if type(value) is dict else value))
    return type(first).__module__.encode() == _ARTIFACTS


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


def _exception(error: BaseException) -> bytes | None:
    data = dump_exception(error)
    return None if data is not None and holds_secret(data) else data


def _message(error: BaseException) -> str:
    try:
        return mask(str(error))
    except Exception:  # noqa: BLE001 - a user's __str__ may raise anything
        return "(its message cannot be shown)"
