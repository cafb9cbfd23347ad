"""Work for views that may take long: done one after the other by a few threads."""

from __future__ import annotations

import logging
from collections.abc import Callable
from queue import Empty, Full, Queue
from threading import Lock, Thread

HANDS = 2
"""How many threads work at most."""
WAITING = 64
"""How many errands may wait."""
_IDLE = 5.0
"""Seconds after which a thread without work ends."""

_logger = logging.getLogger(__name__)

Errand = Callable[[], None]


class Errands:
    """Runs errands in threads that nobody has to end, and that the end of Python does not await.

    Guards how many threads there are; each ends when there is nothing left to do.
    """

    def __init__(self) -> None:
        self._queue: Queue[Errand] = Queue(WAITING)
        self._lock = Lock()
        self._hands = 0

    def add(self, errand: Errand) -> bool:
        """Do this as soon as there is time; False if too much waits already."""
        with self._lock:
            try:
                self._queue.put_nowait(errand)
            except Full:
                return False
            if self._hands < HANDS:
                self._hands += 1
                Thread(target=self._work, name="maze-errands", daemon=True).start()
        return True

    def _work(self) -> None:
        while (errand := self._next()) is not None:
            try:
                errand()
            except Exception:
                # A thread has nobody to raise to, and the next errand is not to blame.
                _logger.exception("an errand for a view failed")

    def _next(self) -> Errand | None:
        try:
            return self._queue.get(timeout=_IDLE)
        except Empty:
            with self._lock:
                if self._queue.empty():
                    self._hands -= 1
                    return None
            return self._next()
