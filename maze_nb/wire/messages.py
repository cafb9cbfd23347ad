"""Events as the messages people read: ``{"type", "data", "seq", "time"}``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

Message = dict[str, Any]

_encoder = msgspec.msgpack.Encoder()
_Parts = tuple[int, float, str, dict[str, Any]]
_splitter = msgspec.msgpack.Decoder(list[msgspec.Raw])
_decoder = msgspec.msgpack.Decoder(_Parts)


def join_events(encoded: Iterable[bytes]) -> bytes:
    """Return encoded events as one message for a client."""
    return _encoder.encode([msgspec.Raw(data) for data in encoded])


def split_events(data: bytes) -> list[bytes]:
    """Return the encoded events that `join_events` made one message of."""
    return [bytes(event) for event in _splitter.decode(data)]


def decode_message(data: bytes) -> Message:
    """Return an encoded event as a message; values in it are still bytes."""
    seq, time, name, body = _decoder.decode(data)
    return {"type": name, "data": body, "seq": seq, "time": time}
