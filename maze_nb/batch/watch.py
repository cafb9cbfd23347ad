"""Telling of retries while a notebook runs, from what its kernel reports."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from maze_nb.batch.run_report import retry_text

_PAUSE_SECONDS = 0.2


@contextmanager
def retries_told(reported: Path, tell: Callable[[str], None]) -> Iterator[None]:
    """Tell of each retry that is reported to a file while the context lasts.

    Parameters
    ----------
    reported
        The file; it need not exist yet.
    tell
        Called from another thread with one line of text.
    """
    done = threading.Event()
    watch = threading.Thread(target=_watch, args=(reported, tell, done), name="retries")
    watch.start()
    try:
        yield
    finally:
        done.set()
        watch.join()


def _watch(reported: Path, tell: Callable[[str], None], done: threading.Event) -> None:
    read, rest, is_last = 0, b"", False
    while not is_last:
        is_last = done.wait(_PAUSE_SECONDS)
        if not reported.exists():
            continue
        with reported.open("rb") as file:
            file.seek(read)
            fresh = file.read()
        read += len(fresh)
        *lines, rest = (rest + fresh).split(b"\n")
        for line in lines:
            if text := retry_text(line.decode(errors="replace")):
                tell(text)
