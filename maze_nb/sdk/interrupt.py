"""What is said when somebody stops waiting for a run that goes on without them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from maze_nb.sdk.log import MessageLog


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
            note = (
                f"Run {log.run_id} goes on in the cluster; to cancel it: "
                f'MaClient("{address}").get_run("{log.run_id}").cancel()'
            )
            if note not in getattr(interrupt, "__notes__", ()):
                interrupt.add_note(note)
        raise
