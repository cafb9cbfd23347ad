"""What one attempt at a task shows while it runs, told in few messages of bounded size."""

from __future__ import annotations

import contextlib
import os
import shlex
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from maze_nb.runners.screen import Bundle
from maze_nb.wire.shown import Item, Printed, Progressed, Told, encode_told
from maze_nb.worker.displays import Displays
from maze_nb.worker.ticker import TICKER

TEXT_LIMIT = 2**18
"""The characters of what one attempt prints that are told; its log has all."""
TAIL = 2**12
"""So many of the last characters are told at the end, if some were left out before."""
GATHER = 0.1
PAUSE = 0.15
"""The seconds from one message to the next, at least."""
SLOWEST = 10.0
_SLOWING = 0.005
_EACH = 200
_FULL = 2**16
_PIECES = 8
_MANY = 50

Tell = Callable[[bytes], None]
"""Sends what a task has shown, encoded, towards the scheduler."""


class _Display(NamedTuple):
    data: Bundle
    metadata: Bundle
    display_id: str


class Outlet:
    """Gathers what a task shows, and tells it.

    Guards that all is told in order and before `close` returns, that nothing is told after, and
    that no more messages are sent than people can read: those of a bar that is drawn over and
    over become rarer the longer the task takes.

    Parameters
    ----------
    tell
        Sends a message.
    run_id, task
        Which run, and what its task is called: for the hint where the rest is.
    displays
        Makes events of what is displayed.
    """

    def __init__(self, tell: Tell, run_id: str, task: str, displays: Displays) -> None:
        self._tell = tell
        self._where = f"maze-nb runs logs {run_id} {shlex.quote(task)}"
        self._displays = displays
        self._lock = threading.RLock()
        self._pid = os.getpid()
        self._began = self._told = time.monotonic()
        self._due = float("inf")
        self._items: list[_Display | list[str]] = []
        self._shown: set[str] = set()
        self._length = 0
        self._left = TEXT_LIMIT
        self._tail: deque[tuple[str, str]] = deque()
        self._tail_length = 0
        self._progress: Progressed | None = None
        self._is_over = False

    def printed(self, stream: str, text: str) -> None:
        """Tell of text that was printed."""
        with self._held() as is_held:
            if not is_held:
                return
            self._add_text(stream, text)
            if self._left <= 0:
                return
            self._length += len(text)
            if self._length >= _FULL:
                self._flush()
            else:
                # What a carriage return wipes out is worth less than what stays.
                self._wake(PAUSE if "\n" in text else self._slow_pause())

    def displayed(self, data: Bundle, metadata: Bundle, display_id: str) -> None:
        """Tell of a display; of several with one id that were not told only the last is."""
        with self._held() as is_held:
            if not is_held:
                return
            item = _Display(data, metadata, display_id)
            for place, other in enumerate(self._items):
                if display_id and isinstance(other, _Display) and other.display_id == display_id:
                    self._items[place] = item
                    return
            self._items.append(item)
            self._wake(self._slow_pause() if display_id in self._shown else PAUSE)
            if display_id:
                self._shown.add(display_id)
            if len(self._items) > _MANY:
                self._flush()

    def progressed(self, item: Progressed) -> None:
        """Tell how far the task is; only the last that is known when a message is sent."""
        with self._held() as is_held:
            if is_held:
                self._progress = item
                self._wake(self._slow_pause())

    def close(self) -> None:
        """Tell what is left; nothing is told from now on."""
        with self._held() as is_held:
            if is_held:
                self._flush(is_last=True)
                self._is_over = True

    @contextlib.contextmanager
    def _held(self) -> Iterator[bool]:
        # A process that the task forked shares the way out, and must not write into messages.
        if os.getpid() != self._pid or self._is_over:
            yield False
            return
        with self._lock:
            yield not self._is_over

    def _add_text(self, stream: str, text: str) -> None:
        if self._left <= 0:
            self._keep_tail(stream, text)
            return
        texts = [item for item in self._items if isinstance(item, list)]
        last = self._items[-1] if self._items else None
        if isinstance(last, list) and last[0] == stream:
            last.append(text)
        elif len(texts) >= _PIECES and (same := _last_of(texts, stream)) is not None:
            same.append(text)
        else:
            self._items.append([stream, text])

    def _keep_tail(self, stream: str, text: str) -> None:
        text = text[-TAIL:]
        self._tail.append((stream, text))
        self._tail_length += len(text)
        while self._tail_length - len(self._tail[0][1]) >= TAIL:
            self._tail_length -= len(self._tail.popleft()[1])

    def _slow_pause(self) -> float:
        return min(max(PAUSE, (time.monotonic() - self._began) * _SLOWING), SLOWEST)

    def _wake(self, pause: float) -> None:
        due = max(time.monotonic() + GATHER, self._told + pause)
        if due < self._due:
            self._due = due
            TICKER.call_at(due, self._tick)

    def _tick(self) -> None:
        with self._held() as is_held:
            if is_held and time.monotonic() >= self._due:
                self._flush()

    def _flush(self, *, is_last: bool = False) -> None:
        items: list[Item] = []
        for item in self._items:
            if isinstance(item, list):
                items += self._within_limit(item[0], wiped("".join(item[1:])))
            else:
                items += self._displays.told(*item)
        if self._progress is not None:
            items.append(self._progress)
        self._items, self._progress = [], None
        self._length, self._due = 0, float("inf")
        if is_last:
            items += self._displays.last()
            items += _joined(self._tail)
        if items:
            self._send(items)

    def _within_limit(self, stream: str, text: str) -> list[Item]:
        if self._left <= 0:
            self._keep_tail(stream, text)
            return []
        self._left -= len(text) + _EACH
        if self._left > 0:
            return [Printed(stream, _told_text(text))]
        kept = text[: max(len(text) + self._left, 0)]
        self._keep_tail(stream, text[len(kept) :])
        line = "" if kept.endswith("\n") or not kept else "\n"
        return [
            Printed(stream, f"{_told_text(kept)}{line}[the rest is in the log: {self._where}]\n")
        ]

    def _send(self, items: list[Item]) -> None:
        self._told = time.monotonic()
        try:
            self._tell(encode_told(Told(time.time(), items)))
        except BaseException as error:
            # Part of a message may be sent, which nothing can follow.
            self._is_over = True
            if not isinstance(error, Exception):
                raise


def wiped(text: str) -> str:
    r"""Return a text without what its carriage returns wipe out.

    >>> wiped("a\nb\rc\nd\r\n")
    'a\nc\nd\r\n'
    >>> wiped("begun\r50%\r60%")
    '\r60%'
    """
    if "\r" not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        body = line.removesuffix("\r") if number < len(lines) - 1 else line
        if "\r" in body.rstrip("\r"):
            # The line it is in may have begun in a text before.
            again = "\r" if number == 0 else ""
            lines[number] = again + line[body.rstrip("\r").rindex("\r") + 1 :]
    return "\n".join(lines)


def _last_of(texts: list[list[str]], stream: str) -> list[str] | None:
    return next((parts for parts in reversed(texts) if parts[0] == stream), None)


def _told_text(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _joined(tail: deque[tuple[str, str]]) -> Iterator[Printed]:
    if not tail:
        return
    stream, parts = tail[0][0], ["[…]\n"]
    for name, text in tail:
        if name != stream:
            yield Printed(stream, _told_text("".join(parts)))
            stream, parts = name, []
        parts.append(text)
    yield Printed(stream, _told_text("".join(parts)))
