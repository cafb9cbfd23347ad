"""Events as the messages people read: ``{"type", "data", "seq", "time"}``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from maze_nb.model.events import EVENT_TYPES, Event

Message = dict[str, Any]

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(list[tuple[int, float, str, dict[str, Any]]])


def encode_events(events: Sequence[Event]) -> bytes:
    """Return events as bytes for a client."""
    return _encoder.encode(
        [(seq, time, EVENT_TYPES[type(body)], body) for seq, time, body in events]
    )


def decode_messages(data: bytes) -> list[Message]:
    """Return the messages that `data` was made from; values in them are still bytes."""
    return [
        {"type": type_, "data": body, "seq": seq, "time": time}
        for seq, time, type_, body in _decoder.decode(data)
    ]
