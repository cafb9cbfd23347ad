"""What a child process is asked to do and what it answers, as frames of bytes."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec

from maze_nb.artifacts.gateway import known_gateway
from maze_nb.wire.packed import Packed, pack
from maze_nb.worker.children.channel import Frame
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.kit import Kit

_NOTHING = Kit()


class Layout(msgspec.Struct, frozen=True, array_like=True):
    """How one value stands in frames.

    ``bytes`` is one frame. ``value`` and each of several ``outputs`` is a pickle, followed by as
    many buffers as ``buffers`` tells.
    """

    kind: Literal["bytes", "value", "outputs"]
    names: tuple[str, ...] = ()
    buffers: tuple[int, ...] = ()


class Request(msgspec.Struct, frozen=True, array_like=True):
    """One task that a child process is to execute; its code and its values are in frames.

    ``gateway`` is the URL of the scheduler's web server and what lets in there.
    """

    call: bytes
    task: CurrentTask
    dependencies: tuple[Layout, ...]
    kit: Kit = Kit()
    gateway: tuple[str, str, str] = ("", "", "")


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """How it went.

    ``peak`` is what the process itself had in memory at most, in MB; ``has_folder`` says whether
    the task asked for its folder.
    """

    is_well: bool
    report: bytes
    outputs: Layout = Layout("outputs")
    peak: float | None = None
    has_folder: bool = False


_TOLD = b""
"""Stands where an answer begins: what follows is told while the task goes on."""


class Owned(Packed):
    """A packed value that arrived for one reader, who gets its very buffers, not copies."""

    __slots__ = ()

    def load(self) -> Any:
        """Return the value; to be called once."""
        return pickle.loads(self.data, buffers=self.buffers)


def request_frames(
    call: bytes,
    task: CurrentTask,
    code: Frame,
    constants: Frame,
    dependencies: Sequence[Any],
    kit: Kit = _NOTHING,
) -> list[Frame]:
    """Return a request as frames; what is packed already is passed on as it is.

    Raises
    ------
    SerializationError
        If a value that a task in this process made cannot be pickled.
    """
    frames: list[Frame] = [code, constants]
    layouts = tuple(_lay_out(value, task.name, frames) for value in dependencies)
    return [msgspec.msgpack.encode(Request(call, task, layouts, kit, _gateway())), *frames]


def _gateway() -> tuple[str, str, str]:
    found = known_gateway()
    return ("", "", "") if found is None else (found.base_url, found.token, found.key)


def read_request(frames: Sequence[bytearray]) -> tuple[Request, bytes, bytes, list[Any]]:
    """Return a request, the code, the constants and the dependencies, still packed."""
    request = msgspec.msgpack.decode(frames[0], type=Request)
    rest = iter(frames[1:])
    code, constants = bytes(next(rest)), bytes(next(rest))
    return request, code, constants, [_take_up(each, rest, Owned) for each in request.dependencies]


def answer_frames(
    report: bytes,
    outputs: dict[str, Packed] | None,
    peak: float | None,
    *,
    has_folder: bool = False,
) -> list[Frame]:
    """Return an answer as frames; no outputs at all mean that the task failed."""
    frames: list[Frame] = []
    layout = _outputs_layout(outputs or {}, frames)
    answer = Answer(outputs is not None, report, layout, peak, has_folder)
    return [msgspec.msgpack.encode(answer), *frames]


def told_frames(data: bytes) -> list[Frame]:
    """Return what a task has shown so far as frames."""
    return [_TOLD, data]


def read_told(frames: Sequence[bytearray]) -> bytes | None:
    """Return what a task has shown; None if these frames are the answer."""
    return None if frames[0] != _TOLD else bytes(frames[1])


def read_answer(frames: Sequence[bytearray]) -> tuple[Answer, dict[str, Packed]]:
    """Return an answer and the outputs, packed."""
    answer = msgspec.msgpack.decode(frames[0], type=Answer)
    return answer, _take_up(answer.outputs, iter(frames[1:]), Packed)


def _lay_out(value: Any, reader: str, frames: list[Frame]) -> Layout:
    if isinstance(value, (bytes, bytearray, memoryview)):
        frames.append(value)
        return Layout("bytes")
    if type(value) is dict:
        packed = {name: pack(each, _what(name, reader)) for name, each in value.items()}
        return _outputs_layout(packed, frames)
    packed_value = pack(value, f"an input of task {reader!r}")
    frames.extend((packed_value.data, *packed_value.buffers))
    return Layout("value", (), (len(packed_value.buffers),))


def _outputs_layout(outputs: dict[str, Packed], frames: list[Frame]) -> Layout:
    for value in outputs.values():
        frames.extend((value.data, *value.buffers))
    counts = tuple(len(value.buffers) for value in outputs.values())
    return Layout("outputs", tuple(outputs), counts)


def _take_up(layout: Layout, frames: Iterator[bytearray], kind: type[Packed]) -> Any:
    if layout.kind == "bytes":
        return next(frames)
    values = [
        kind(bytes(next(frames)), [next(frames) for _ in range(count)]) for count in layout.buffers
    ]
    if layout.kind == "value":
        return values[0]
    return dict(zip(layout.names, values, strict=True))


def _what(name: str, reader: str) -> str:
    return f"output {name!r}, which task {reader!r} reads in a process of its own"
