"""What is said when somebody is interrupted who waits for a run, or begins one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from maze_nb.sdk.log import MessageLog

_BEGUN = "maze_run_id"


@contextlib.contextmanager
def telling_that_it_goes_on(log: MessageLog, address: str | None) -> Iterator[None]:
    """Add a note to a KeyboardInterrupt in here: the run goes on, and how to cancel it.

    Parameters
    ----------
    address
        The scheduler where the run goes on; None if it ends with this process.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if address is not None and not log.is_complete and not log.is_interrupted:
            _note(interrupt, f"Run {log.run_id} goes on in the cluster", log.run_id, address)
        raise


@contextlib.contextmanager
def telling_that_it_began(run_id: str, address: str | None = None) -> Iterator[None]:
    """Let a KeyboardInterrupt in here say which run it leaves that nobody has heard of yet.

    Parameters
    ----------
    address
        As above.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        setattr(interrupt, _BEGUN, run_id)
        if address is not None:
            _note(interrupt, f"Run {run_id} may have begun in the cluster", run_id, address)
        raise


def begun_run(interrupt: KeyboardInterrupt) -> str | None:
    """Return the run that an interrupt says it has left, if it does."""
    return getattr(interrupt, _BEGUN, None)


def _note(interrupt: KeyboardInterrupt, what: str, run_id: str, address: str) -> None:
    note = f'{what}; to cancel it: MaClient("{address}").get_run("{run_id}").cancel()'
    if note not in getattr(interrupt, "__notes__", ()):
        interrupt.add_note(note)
