"""Which files of the node's cache this process uses, so that nobody removes them meanwhile."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_MOST = 256
"""Outside of tasks nobody says when something is done with: the last ones are held."""


class _Uses:
    """Locks by what they lock, at most so many."""

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._locks: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def hold(self, key: str, lock: int) -> None:
        with self._lock:
            # The folder may be another one by now, so the new lock counts.
            for old in [self._locks.pop(key, None)]:
                if old is not None:
                    os.close(old)
            self._locks[key] = lock
            if self._most is not None and len(self._locks) > self._most:
                os.close(self._locks.popitem(last=False)[1])

    def close(self) -> None:
        with self._lock:
            while self._locks:
                os.close(self._locks.popitem()[1])


_everywhere = _Uses(_MOST)
_here: ContextVar[_Uses | None] = ContextVar("maze_uses", default=None)


def hold(key: str, lock: int) -> None:
    """Keep an open lock as long as the task of this thread runs; outside of tasks, for a while."""
    (_here.get() or _everywhere).hold(key, lock)


@contextmanager
def using() -> Iterator[None]:
    """Let go, at the end of the block, of what was used in it."""
    uses = _Uses()
    token = _here.set(uses)
    try:
        yield
    finally:
        _here.reset(token)
        uses.close()
