"""The warning that a folder for results takes nothing more, once in the log of each process."""

from __future__ import annotations

import contextvars
import logging
import threading

logger = logging.getLogger(__name__)

_lock = threading.Lock()
_warned: set[str] = set()


def warn_of_results(folder: str, what: str) -> None:
    """Warn that something cannot be written to a folder for results, unless it was said before.

    Parameters
    ----------
    what
        What is missing there, and why.
    """
    with _lock:
        if folder in _warned:
            return
        _warned.add(folder)
    # What a task prints is in its own log, where this would be said twice.
    contextvars.Context().run(
        logger.warning,
        "The folder for results %s cannot be written to: %s. Other tasks may lack files too, which "
        "is not said again: make room there or let the worker write to it, or start it with "
        "another RESULTS_DIR",
        folder,
        what,
    )
