"""Ranges as they are written in files: ``1..100``."""

from __future__ import annotations

import re

from maze_nb.errors import InputError

LONGEST = 1_000_000
_RANGE = re.compile(r"\s*(-?[0-9]{1,12})\s*\.\.\s*(-?[0-9]{1,12})\s*\Z")


def parse_range(text: str) -> range:
    """Return a range with both of its ends.

    Raises
    ------
    InputError
        If it is not written as one, counts down, or is too long.

    Examples
    --------
    >>> list(parse_range("1..4"))
    [1, 2, 3, 4]
    """
    found = _RANGE.match(text)
    if found is None:
        raise InputError(
            f"{text[:60]!r} is neither a range, as 1..100 is, nor a reference, as ${{load.rows}} is"
        )
    first, last = int(found[1]), int(found[2])
    if last < first:
        raise InputError(f"{text.strip()} counts down: write {last}..{first}, or a list")
    if last - first >= LONGEST:
        raise InputError(f"{text.strip()} has more than {LONGEST:,} items")
    return range(first, last + 1)
