"""A thread that makes calls which block, one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class CallThread:
    """Makes calls one after the other.

    Unlike those of an executor it still does so while the interpreter ends, when the last events
    of an embedded cluster are to be written.
    """

    def __init__(self, name: str) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, call: Callable[..., T], *arguments: object) -> Future[T]:
        """Have a call made after all others."""
        future: Future[T] = Future()

        def make() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(call(*arguments))
                except BaseException as error:  # noqa: BLE001 - it belongs to whoever waits for it
                    future.set_exception(error)

        self._calls.put(make)
        return future

    def end(self) -> None:
        """End the thread after the calls that were submitted."""
        self._calls.put(None)

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            call()
