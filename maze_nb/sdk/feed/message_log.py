"""What a view needs of a run's messages, and a log held in a list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Protocol

Message = Mapping[str, object]


class MessageLog(Protocol):
    """The messages of one run, in order, as far as they are known here."""

    @property
    def run_id(self) -> str:
        """The run's id; empty while it is not known."""
        ...

    def read(self, start: int) -> Sequence[Message]:
        """Return the messages from that index on, without waiting for more."""
        ...

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back, from any thread, after new messages came; return how to end that."""
        ...

    @property
    def is_complete(self) -> bool:
        """Whether the last message is there."""
        ...

    @property
    def is_interrupted(self) -> bool:
        """Whether the scheduler is gone, so that no more messages come until it is resumed."""
        ...


class ListLog:
    """A log in memory: for a run that is over, for replaying one, and for trying views.

    Parameters
    ----------
    messages
        What is known from the start.
    """

    def __init__(self, messages: Iterable[Message] = ()) -> None:
        self._messages: list[Message] = []
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._lock = Lock()
        self._is_interrupted = False
        self.extend(messages)

    @property
    def run_id(self) -> str:
        """The id that the first message tells."""
        data = self._messages[0].get("data") if self._messages else None
        return str(data.get("run_id", "")) if isinstance(data, Mapping) else ""

    def read(self, start: int) -> list[Message]:
        """Return the messages from that index on."""
        return self._messages[start:]

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back after each extension, from the thread that extends."""
        key = object()
        with self._lock:
            self._callbacks[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return unsubscribe

    @property
    def is_complete(self) -> bool:
        """Whether the last message says that the workflow finished."""
        return bool(self._messages) and self._messages[-1].get("type") == "finish_workflow"

    @property
    def is_interrupted(self) -> bool:
        """Whether it was said to be, and no message came since."""
        return self._is_interrupted and not self.is_complete

    @property
    def listeners(self) -> int:
        """How many callbacks are subscribed."""
        return len(self._callbacks)

    def extend(self, messages: Iterable[Message]) -> None:
        """Add messages at the end and tell those who subscribed."""
        self._messages.extend(messages)
        self._is_interrupted = False
        self._announce()

    def interrupt(self) -> None:
        """Say that the scheduler is gone, and tell those who subscribed."""
        self._is_interrupted = True
        self._announce()

    def _announce(self) -> None:
        with self._lock:
            callbacks = list(self._callbacks.values())
        for callback in callbacks:
            callback()
