"""What a worker needs to call one task, and what it reports back."""

from __future__ import annotations

import msgspec

from maze_nb.model.attempt import ErrorInfo, Usage
from maze_nb.model.output import OutputInfo


class Source(msgspec.Struct, frozen=True, array_like=True):
    """Where an input's value comes from.

    ``dependency`` is the position among the values Dask hands over, -1 for a constant, -2 for the
    first of the values in files, -3 for the second; ``output`` is the name to pick from it, empty
    for the whole. With an ``index`` of 0 or more it is one item of a list; ``others`` are where it
    comes from instead if the task that was to make it was skipped by its condition. ``artifact``
    is the name of one of the files that the output tells of, and what the task is called that left
    it.
    """

    dependency: int
    output: str = ""
    index: int = -1
    others: tuple[Source, ...] = ()
    artifact: tuple[str, str] | None = None


class Limits(msgspec.Struct, frozen=True, array_like=True):
    """Where a task's code runs and what stops it.

    ``in_child``: in a child process; ``timeout`` in seconds; ``memory`` in MB, 0: no cap;
    ``is_alone``: it shares its devices with no other task; ``cpu`` is the cores it asks for.
    """

    in_child: bool = False
    timeout: float | None = None
    memory: float = 0
    is_alone: bool = False
    cpu: float = 0


class TaskCall(msgspec.Struct, frozen=True, array_like=True):
    """One call of a task: what it is called, what it reads and what it must return.

    ``inputs`` maps each input to its source; ``references`` are the sources that stand inside
    constants, by number; ``style`` is ``"dict"`` or ``"plain"``; ``module`` is where the code comes
    from; ``retry_on`` are the pickled exception types after which it is tried again (empty: any);
    ``keep`` is where its outputs are kept (see :class:`~maze_nb.model.task_options.TaskOptions`).
    ``values`` are the names of the files with large values that it reads (see
    :mod:`maze_nb.wire.blobs`); ``modules`` is the file that tells of the local modules it may
    import, empty if there are none; ``env`` is set in the environment of its process, ``secrets``
    are the names of those that its worker puts there; ``automatic`` are outputs beside those that
    the runner makes (see :mod:`maze_nb.artifacts.automatic`); ``destination`` is where the files go
    that it leaves, empty: they stay in its folder.
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
    module: str = ""
    limits: Limits = Limits()
    retry_on: bytes = b""
    keep: str = "store"
    values: tuple[str, ...] = ()
    modules: str = ""
    env: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    automatic: tuple[str, ...] = ()
    destination: str = ""


class SuccessReport(msgspec.Struct, frozen=True, array_like=True):
    """How a task ended well; times in seconds since 1970.

    ``location`` is the URL of the files that it left; empty if it left none.
    """

    started: float
    duration: float
    outputs: tuple[OutputInfo, ...]
    usage: Usage = Usage()
    location: str = ""


class FailureReport(msgspec.Struct, frozen=True, array_like=True):
    """How a task failed; ``traceback`` is text without the frames of Maze and Dask.

    ``is_retryable``: of a type after which the task is tried again if it asked for it;
    ``is_lost``: the process it ran in was lost, through no fault that is known of;
    ``is_broken``: the node could not even begin with it; ``is_missing``: its stored outputs were to
    be loaded and cannot be.
    """

    started: float
    duration: float
    traceback: str
    error: ErrorInfo
    usage: Usage = Usage()
    is_retryable: bool = True
    is_lost: bool = False
    is_broken: bool = False
    is_missing: bool = False


_encoder = msgspec.msgpack.Encoder()
_call_decoder = msgspec.msgpack.Decoder(TaskCall)
_success_decoder = msgspec.msgpack.Decoder(SuccessReport)
_failure_decoder = msgspec.msgpack.Decoder(FailureReport)
_outputs_decoder = msgspec.msgpack.Decoder(tuple[OutputInfo, ...])


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


def encode_outputs(outputs: tuple[OutputInfo, ...]) -> bytes:
    """Return what is told of a task's outputs as bytes."""
    return _encoder.encode(outputs)


def decode_outputs(data: bytes) -> tuple[OutputInfo, ...]:
    """Return what `data` tells of a task's outputs."""
    return _outputs_decoder.decode(data)
