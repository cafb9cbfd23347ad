"""Which part of a file a request asks for."""

from __future__ import annotations

import re
from typing import NamedTuple

from maze_nb.scheduler.http.refusal import RefusedError

_RANGE = re.compile(r"bytes[ \t]*=[ \t]*(\d{0,19})[ \t]*-[ \t]*(\d{0,19})[ \t]*", re.IGNORECASE)


class ByteRange(NamedTuple):
    """A part of a file: from a byte on, up to another one that is not part of it."""

    start: int
    end: int


def byte_range(header: str, nbytes: int) -> ByteRange | None:
    """Return the part that the header Range asks for; None for the whole file.

    Several parts at once are not served: who asks for them gets the whole, as the standard allows.

    Raises
    ------
    RefusedError
        If no byte of it is there.

    Examples
    --------
    >>> byte_range("bytes=2-5", 10), byte_range("bytes=-3", 10), byte_range("bytes=8-", 10)
    (ByteRange(start=2, end=6), ByteRange(start=7, end=10), ByteRange(start=8, end=10))
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(nbytes - int(found[2]), 0), nbytes
    else:
        start = int(found[1])
        end = min(int(found[2]) + 1, nbytes) if found[2] else nbytes
        if found[2] and int(found[2]) < start:
            return None
    if start >= end:
        raise RefusedError(
            416,
            f"the file has {nbytes} bytes, and none of those that are asked for",
            {"Content-Range": f"bytes */{nbytes}"},
        )
    return ByteRange(start, end)


def names_tag(header: str, tag: str) -> bool:
    """Return whether a header such as If-None-Match names an entity tag."""
    found = [each.strip().removeprefix("W/") for each in header.split(",")]
    return "*" in found or tag in found
