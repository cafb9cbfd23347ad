"""What an interrupt does to a notebook that is being executed: its cell is interrupted first."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Self

_AGAIN_SECONDS = 6.0
_PATIENCE_SECONDS = 12.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Passes SIGINT and SIGTERM on to the kernel while a cell runs.

    A cell that does not end soon after, and a second signal, raise ``KeyboardInterrupt`` here, as
    does one before the first cell and after the last. Between cells it is only noted.

    Attributes
    ----------
    is_set
        Whether there was one.
    """

    def __init__(self) -> None:
        self.is_set = False
        self._is_heeded = False
        self._interrupt: Callable[[], object] | None = None
        self._timer: threading.Timer | None = None

    @classmethod
    @contextmanager
    def heard(cls) -> Iterator[Self]:
        """Give one that hears signals for as long as the context lasts."""
        made = cls()
        before: dict[signal.Signals, Any] = {}
        if threading.current_thread() is threading.main_thread():
            before = {each: signal.signal(each, made._hear) for each in _SIGNALS}
        try:
            yield made
        finally:
            made._calm()
            for each, earlier in before.items():
                signal.signal(each, earlier)

    @contextmanager
    def heeded(self) -> Iterator[None]:
        """Have an interrupt noted only, by whoever asks for `is_set` before each cell."""
        self._is_heeded = True
        try:
            yield
        finally:
            self._is_heeded = False

    @contextmanager
    def passed_to(self, kernel: Any) -> Iterator[None]:
        """Interrupt this kernel, which a running event loop talks to, by what comes in here."""
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            tasks.append(asyncio.ensure_future(kernel.interrupt_kernel()))

        tasks: list[Any] = []
        self._interrupt = lambda: loop.call_soon_threadsafe(interrupt)
        try:
            yield
        finally:
            self._interrupt = None
            self._calm()

    def _hear(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        is_first, self.is_set = not self.is_set, True
        if not is_first or (self._interrupt is None and not self._is_heeded):
            raise KeyboardInterrupt
        if self._interrupt is not None:
            self._interrupt()
            self._later(_AGAIN_SECONDS, self._insist)

    def _insist(self) -> None:
        """Interrupt the cell once more: the first one may have come where nobody heard it."""
        interrupt = self._interrupt
        if interrupt is not None:
            interrupt()
            self._later(_PATIENCE_SECONDS, lambda: os.kill(os.getpid(), signal.SIGINT))

    def _later(self, seconds: float, call: Callable[[], None]) -> None:
        self._timer = threading.Timer(seconds, call)
        self._timer.daemon = True
        self._timer.start()

    def _calm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
