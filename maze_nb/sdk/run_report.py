"""Tells whoever runs this process headless which runs it started and how they ended."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from maze_nb.errors import MazeError
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.run_progress import RunProgress, ending

_started: WeakValueDictionary[str, MessageLog] = WeakValueDictionary()
_cancel: dict[str, Callable[[], None]] = {}
_at_end: list[Callable[[], None]] = []
_PATIENCE = 10.0
_PAUSE = 0.3
_LONGEST_PAUSE = 5.0

VARIABLE = "MAZE_RUN_REPORT"
"""Names the file, if any, that gets lines of JSON about each run, from its start to its end."""


def at_end(call: Callable[[], None]) -> None:
    """Have something called by `wait_for_all`, once all runs have ended."""
    _at_end.append(call)


def wait_for_all() -> None:
    """Wait until all runs that this process started have ended, or can be heard of no more.

    For the end of a notebook that is run headless: there nobody waits for cells that do not block.
    """
    for log in list(_started.values()):
        with suppress(MazeError):
            for _ in log.follow():
                pass
    for call in _at_end:
        call()


def cancel_all() -> None:
    """Cancel all runs that this process started, and wait a while until they have ended.

    For a notebook that is run headless and interrupted.
    """
    going_on = [log for log in list(_started.values()) if not log.is_complete]
    for log in going_on:
        with suppress(MazeError, KeyError):
            _cancel[log.run_id]()
    deadline = time.monotonic() + _PATIENCE
    for log in going_on:
        with suppress(MazeError):
            for _ in log.follow(deadline):
                pass


def report_run(log: MessageLog, workflow: str, cancel: Callable[[], None]) -> None:
    """Report that a run of `workflow` has started, how far it is, and later how it ended.

    Parameters
    ----------
    cancel
        Cancels the run.
    """
    _started[log.run_id] = log
    path = os.environ.get(VARIABLE)
    if path:
        _cancel[log.run_id] = cancel
        _Reporter(log, workflow, path)


class _Reporter:
    """Writes lines about one run to a file, few a second however fast the run is."""

    def __init__(self, log: MessageLog, workflow: str, path: str) -> None:
        self._log = log
        self._path = path
        self._fold = RunProgress(workflow)
        self._lock = threading.Lock()
        self._told = time.monotonic()
        self._begun = self._told
        self._later: threading.Timer | None = None
        self._is_over = self._is_cut = False
        _append(path, self._fold.line(log.run_id))
        self._unsubscribe: Callable[[], None] = lambda: None
        self._unsubscribe = log.subscribe(self._hear)
        self._hear()

    def _hear(self) -> None:
        with self._lock:
            if self._is_over:
                return
            for line in self._fold.take(self._log.read(self._fold.seen)):
                _append(self._path, line)
            messages = self._log.read() if self._ends() else []
            if messages:
                _append(self._path, ending(messages))
            self._is_cut = self._log.is_interrupted
            if self._log.is_complete:
                self._end()
            elif self._fold.is_new and self._later is None:
                self._tell_soon()

    def _ends(self) -> bool:
        return self._log.is_complete or (self._log.is_interrupted and not self._is_cut)

    def _end(self) -> None:
        self._is_over = True
        self._unsubscribe()
        _cancel.pop(self._log.run_id, None)
        if self._later is not None:
            self._later.cancel()

    def _tell_soon(self) -> None:
        """Tell how far the run is, at once or when enough time has passed."""
        now = time.monotonic()
        # What goes on for hours need not be told of each second.
        due = self._told + min(_LONGEST_PAUSE, _PAUSE + (now - self._begun) / 100)
        self._later = threading.Timer(max(due - now, 0), self._tell)
        self._later.daemon = True
        self._later.start()

    def _tell(self) -> None:
        with self._lock:
            self._later = None
            if not self._is_over:
                self._told = time.monotonic()
                _append(self._path, self._fold.line(self._log.run_id))


def _append(path: str, line: dict[str, Any]) -> None:
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
