"""Calls functions a moment later, all in one thread, which is there only while there is a use."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

logger = logging.getLogger(__name__)

_LINGER = 5.0


class Ticker:
    """Calls what is due. Guards that one failing call keeps no other from being made."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._is_there = False

    def call_at(self, due: float, call: Callable[[], None]) -> None:
        """Have something called at a time, by the monotonic clock."""
        with self._changed:
            heapq.heappush(self._calls, (due, next(self._numbers), call))
            if not self._is_there:
                self._is_there = True
                threading.Thread(target=self._go_on, name="maze-tick", daemon=True).start()
            elif self._calls[0][2] is call:
                self._changed.notify_all()

    def _go_on(self) -> None:
        while (call := self._next()) is not None:
            try:
                call()
            except Exception:
                logger.exception("what a task shows could not be told")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while True:
                if not self._calls:
                    self._changed.wait(_LINGER)
                    if not self._calls:
                        self._is_there = False
                        return None
                left = self._calls[0][0] - time.monotonic()
                if left <= 0:
                    return heapq.heappop(self._calls)[2]
                self._changed.wait(left)


TICKER = Ticker()
"""The one of this process."""
