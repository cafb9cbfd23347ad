"""Events to and from bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from maze_nb.model.events import EVENT_TYPES, Event
from maze_nb.model.message_types import FINAL_MESSAGES
from maze_nb.model.states import TaskState

_encoder = msgspec.msgpack.Encoder()
_event_decoder = msgspec.msgpack.Decoder(tuple[int, float, str, msgspec.Raw])
_body_decoders: dict[str, msgspec.msgpack.Decoder[Any]] = {
    name: msgspec.msgpack.Decoder(kind) for kind, name in EVENT_TYPES.items()
}


def encode_event(event: Event) -> bytes:
    """Return one event as bytes, for the run store and for clients."""
    seq, time, body = event
    return _encoder.encode((seq, time, EVENT_TYPES[type(body)], body))


def decode_event(data: bytes) -> Event:
    """Return the event that `data` was made from."""
    seq, time, name, body = _event_decoder.decode(data)
    return Event(seq, time, _body_decoders[name].decode(body))


def task_end(data: bytes) -> tuple[float, bool] | None:
    """Return when a task ended, and whether it failed, if an encoded event says so; else None.

    What is told of the task is not decoded.

    Examples
    --------
    >>> from maze_nb.model.events import TaskCancelled
    >>> task_end(encode_event(Event(1, 7.5, TaskCancelled("run", "flow", "a", "a", 1, "by hand"))))
    (7.5, False)
    """
    try:
        _, time, name, _ = _event_decoder.decode(data)
    except msgspec.DecodeError:
        return None
    state = FINAL_MESSAGES.get(name)
    return None if state is None else (time, state == TaskState.FAILED)


def naming(task_ids: Iterable[str]) -> Callable[[bytes], object]:
    """Return what tells of an encoded event whether one of some tasks is named in it.

    So few need to be decoded of a run with many tasks.

    Examples
    --------
    >>> from maze_nb.model.events import TaskCancelled
    >>> event = Event(1, 0.0, TaskCancelled("run", "flow", "a.1", "map[1]", 1, "by hand"))
    >>> [bool(naming(ids)(encode_event(event))) for ids in (["a.1"], ["a"], ["b", "a.1"], [])]
    [True, False, True, False]
    """
    names = [re.escape(_encoder.encode(task_id)) for task_id in task_ids]
    return re.compile(b"|".join(names)).search if names else lambda _: None
