"""What every run store offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from maze_nb.model.events import Event, EventBody


class RunStore(Protocol):
    """Keeps the numbered events of runs."""

    def append(self, run_id: str, time: float, body: EventBody) -> Event:
        """Add a fact about a run, give it the run's next number, and return it.

        Parameters
        ----------
        time
            Seconds since 1970.
        """
        ...

    def events_after(self, run_id: str, seq: int, limit: int) -> Sequence[Event]:
        """Return up to `limit` events of a run with numbers above `seq`, in order.

        Raises
        ------
        UnknownRunError
            If the store has no event of this run.
        """
        ...

    def run_ids(self) -> list[str]:
        """Return the runs in the order of their first event."""
        ...

    def forget(self, run_id: str) -> None:
        """Drop a run with all its events; nothing happens if it is not here."""
        ...
