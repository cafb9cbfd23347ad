"""The messages of one run as they arrive: appended by one thread, read by others."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from maze_nb.wire.messages import Message


class MessageLog:
    """An append-only list of messages with news for those who wait.

    Responsibilities: drop duplicates by number, wake readers, know whether the run has ended.
    """

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self._messages: list[Message] = []
        self._changed = threading.Condition()
        self._subscribers: list[Callable[[], None]] = []
        self._error: BaseException | None = None
        self._is_interrupted = False

    @property
    def last_seq(self) -> int:
        """The number of the newest message, 0 if there is none."""
        return len(self._messages)

    @property
    def is_complete(self) -> bool:
        """Whether the run's last message is here."""
        messages = self._messages
        return bool(messages) and messages[-1]["type"] == "finish_workflow"

    @property
    def is_interrupted(self) -> bool:
        """Whether the scheduler was lost before the run's last message was here."""
        return self._is_interrupted and not self.is_complete

    @property
    def is_followed(self) -> bool:
        """Whether somebody is called back on news."""
        return bool(self._subscribers)

    def append(self, messages: Sequence[Message]) -> None:
        """Add messages; those with numbers that are here already are dropped."""
        with self._changed:
            known = self.last_seq
            for message in messages:
                if message["seq"] == self.last_seq + 1:
                    self._messages.append(message)
            if self.last_seq > known:
                self._error = None
                self._is_interrupted = False
            self._changed.notify_all()
            subscribers = list(self._subscribers)
        self._announce(subscribers)

    def fail(self, error: BaseException, *, is_lost: bool = False) -> None:
        """Tell readers that no further messages can be had.

        Parameters
        ----------
        is_lost
            Whether that is because the scheduler was lost.
        """
        with self._changed:
            self._error = error
            self._is_interrupted = is_lost
            self._changed.notify_all()
            subscribers = list(self._subscribers)
        self._announce(subscribers)

    def clear_error(self) -> None:
        """Note that further messages are to be had again."""
        with self._changed:
            self._error = None
            self._is_interrupted = False

    def read(self, start: int = 0) -> list[Message]:
        """Return the messages from position `start` on, at once."""
        return self._messages[start:]

    def wait(self, start: int, timeout: float | None = None) -> list[Message]:
        """Return messages from position `start` on; wait for one if there are none yet.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits until the run ends.

        Raises
        ------
        MazeError
            If no further messages can be had.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while len(self._messages) <= start and not self.is_complete:
                if self._error is not None:
                    raise self._error
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(1.0 if left is None else min(left, 1.0))
            return self._messages[start:]

    def follow(self, deadline: float | None = None) -> Iterator[Message]:
        """Yield every message from the first on, as they come, until the run ends.

        Parameters
        ----------
        deadline
            By ``time.monotonic()``; None follows until the run ends.
        """
        start = 0
        while True:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            batch = self.wait(start, left)
            yield from batch
            start += len(batch)
            if (self.is_complete and start == self.last_seq) or (not batch and left == 0):
                return

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` from another thread whenever there is news; return how to stop it."""
        with self._changed:
            self._subscribers.append(callback)

        def unsubscribe() -> None:
            with self._changed, contextlib.suppress(ValueError):
                self._subscribers.remove(callback)

        return unsubscribe

    @staticmethod
    def _announce(subscribers: Sequence[Callable[[], None]]) -> None:
        for callback in subscribers:
            callback()
