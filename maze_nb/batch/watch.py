"""Telling of runs while a notebook is executed, from what its kernel reports."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maze_nb.batch.progress import NotebookProgress
from maze_nb.batch.run_report import as_record, failure_text, retry_text

_PAUSE_SECONDS = 0.2
_NOTES = 100


@contextmanager
def reports_told(reported: Path, progress: NotebookProgress) -> Iterator[Callable[[], None]]:
    """Tell of what is reported to a file while the context lasts, in another thread.

    Parameters
    ----------
    reported
        The file; it need not exist yet.
    progress
        Is told of runs, and of retries and failures as long as they are not very many.

    Yields
    ------
    Callable
        Tells at once of all that is reported already.
    """
    reports = _Reports(reported, _Teller(progress))
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(reports, done), name="runs-told")
    watch.start()
    try:
        yield reports.take
    finally:
        done.set()
        watch.join()


class _Teller:
    def __init__(self, progress: NotebookProgress) -> None:
        self._progress = progress
        self._notes = 0

    def tell(self, line: str) -> None:
        """Tell what a line says, if it can be read."""
        try:
            told = json.loads(line)
            run_id = str(told.get("run_id") or "")
        except (ValueError, AttributeError):
            return
        if text := retry_text(line) or failure_text(line):
            self._note(text, run_id)
            return
        try:
            run = as_record(told)
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        self._progress.run(run)

    def _note(self, text: str, run_id: str) -> None:
        self._notes += 1
        if self._notes <= _NOTES:
            self._progress.note(text, run_id)
        elif self._notes == _NOTES + 1:
            self._progress.note("more retries and failures are not told one by one")


class _Reports:
    """The lines of a file that grows, each told once."""

    def __init__(self, file: Path, teller: _Teller) -> None:
        self._file = file
        self._teller = teller
        self._lock = threading.Lock()
        self._read = 0
        self._rest = b""

    def take(self) -> None:
        """Tell what has come since."""
        with self._lock:
            if not self._file.exists():
                return
            with self._file.open("rb") as file:
                file.seek(self._read)
                fresh = file.read()
            self._read += len(fresh)
            *lines, self._rest = (self._rest + fresh).split(b"\n")
            for line in lines:
                self._teller.tell(line.decode(errors="replace"))


def _watch(reports: _Reports, done: threading.Event) -> None:
    is_last = False
    while not is_last:
        is_last = done.wait(_PAUSE_SECONDS)
        reports.take()
