"""What a worker needs to call one task, and what it reports back."""

from __future__ import annotations

import msgspec

from maze_nb.model.events import ErrorInfo, OutputInfo


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Where an input's value comes from.

    ``dependency`` is the position among the values Dask hands over, -1 for a constant; ``output``
    is the name to pick from it, empty for the whole.
    """

    dependency: int
    output: str = ""


class TaskCall(msgspec.Struct, frozen=True, array_like=True):
    """One call of a task: what it is called, what it reads and what it must return.

    ``inputs`` maps each input to its source; ``references`` are the sources that stand inside
    constants, by number; ``style`` is ``"dict"`` or ``"plain"``.
    """

    kind: str
    run_id: str
    task_id: str
    name: str
    style: str
    code_id: str
    inputs: dict[str, Source]
    references: list[Source]
    outputs: tuple[str, ...]


class SuccessReport(msgspec.Struct, frozen=True, array_like=True):
    """How a task ended well; times in seconds since 1970."""

    started: float
    duration: float
    outputs: tuple[OutputInfo, ...]


class FailureReport(msgspec.Struct, frozen=True, array_like=True):
    """How a task failed; ``traceback`` is text without the frames of Maze and Dask."""

    started: float
    duration: float
    traceback: str
    error: ErrorInfo


_encoder = msgspec.msgpack.Encoder()
_call_decoder = msgspec.msgpack.Decoder(TaskCall)
_success_decoder = msgspec.msgpack.Decoder(SuccessReport)
_failure_decoder = msgspec.msgpack.Decoder(FailureReport)


def encode(message: msgspec.Struct) -> bytes:
    """Return any struct of this module as bytes."""
    return _encoder.encode(message)


def decode_call(data: bytes) -> TaskCall:
    """Return the call that `data` was made from."""
    return _call_decoder.decode(data)


def decode_success(data: bytes) -> SuccessReport:
    """Return the report that `data` was made from."""
    return _success_decoder.decode(data)


def decode_failure(data: bytes) -> FailureReport:
    """Return the report that `data` was made from."""
    return _failure_decoder.decode(data)
