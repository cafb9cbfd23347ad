"""A run store in memory: it lasts as long as its process."""

from __future__ import annotations

from collections.abc import Sequence

from maze_nb.errors import UnknownRunError
from maze_nb.model.events import Event, EventBody


class MemoryRunStore:
    """Keeps the events of runs in lists."""

    def __init__(self) -> None:
        self._events: dict[str, list[Event]] = {}

    def append(self, run_id: str, time: float, body: EventBody) -> Event:
        """Add a fact about a run, give it the run's next number, and return it."""
        events = self._events.setdefault(run_id, [])
        event = Event(len(events) + 1, time, body)
        events.append(event)
        return event

    def events_after(self, run_id: str, seq: int, limit: int) -> Sequence[Event]:
        """Return up to `limit` events of a run with numbers above `seq`, in order."""
        if run_id not in self._events:
            raise UnknownRunError(f"run {run_id!r} is not in this store")
        return self._events[run_id][max(seq, 0) : max(seq, 0) + limit]

    def run_ids(self) -> list[str]:
        """Return the runs in the order of their first event."""
        return list(self._events)

    def forget(self, run_id: str) -> None:
        """Drop a run with all its events; nothing happens if it is not here."""
        self._events.pop(run_id, None)
