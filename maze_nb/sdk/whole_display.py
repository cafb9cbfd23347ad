"""Brings displays that are too big for messages from the files that hold them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.errors import MazeError
from maze_nb.model.output import StoredFile
from maze_nb.wire.submission import encode_stored


def whole_display(call: Callable[..., Any], told: Mapping[str, object]) -> dict[str, Any] | None:
    """Return all representations of a display by MIME type, or None if they cannot be had.

    Parameters
    ----------
    call
        Calls an operation of the scheduler.
    told
        What the message of the display says of its file.
    """
    try:
        stored = msgspec.convert(told, StoredFile)
        content = _content(call, stored)
        if content is None or hashlib.sha256(content).hexdigest() != stored.digest:
            return None
        return msgspec.json.decode(content, type=dict[str, Any])
    except (MazeError, OSError, msgspec.MsgspecError):
        return None


def _content(call: Callable[..., Any], stored: StoredFile) -> bytes | None:
    path = Path(stored.path)
    if path.exists():
        return path.read_bytes()
    found = bytearray()
    while len(found) < stored.nbytes:
        piece = call("maze_read", stored=encode_stored(stored), offset=len(found))
        if not piece["data"] or piece["size"] != stored.nbytes:
            return None
        found += piece["data"]
    return bytes(found)
