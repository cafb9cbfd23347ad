"""Events as the messages people read: ``{"type", "data", "seq", "time"}``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from maze_nb.model.events import EVENT_TYPES, Event

Message = dict[str, Any]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[tuple[int, float, str, dict[str, Any]]])
_event_decoder = msgspec.msgpack.Decoder(tuple[int, float, str, msgspec.Raw])
_body_decoders = {name: msgspec.msgpack.Decoder(kind) for kind, name in EVENT_TYPES.items()}


def encode_event(event: Event) -> bytes:
    """Return one event as bytes, for the run store and for clients."""
    seq, time, body = event
    return _encoder.encode((seq, time, EVENT_TYPES[type(body)], body))


def decode_event(data: bytes) -> Event:
    """Return the event that `data` was made from."""
    seq, time, name, body = _event_decoder.decode(data)
    return Event(seq, time, _body_decoders[name].decode(body))


def join_events(encoded: Iterable[bytes]) -> bytes:
    """Return encoded events as one message for a client."""
    return _encoder.encode([msgspec.Raw(data) for data in encoded])


def decode_messages(data: bytes) -> list[Message]:
    """Return the messages in what `join_events` made; values in them are still bytes."""
    return [
        {"type": type_, "data": body, "seq": seq, "time": time}
        for seq, time, type_, body in _decoder.decode(data)
    ]
