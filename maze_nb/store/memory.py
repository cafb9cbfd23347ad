"""A run store in memory: it lasts as long as its process."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import Lock

from maze_nb.errors import StoreError, UnknownRunError, nearest
from maze_nb.store.protocol import Ending, Entry, StoredRun
from maze_nb.store.sequence import following, grown


class MemoryRunStore:
    """Keeps runs in dicts and lists.

    Attributes
    ----------
    place
        Where it is, for people.
    owner
        The name under which its runs are owned.
    """

    def __init__(self) -> None:
        self.place = "the memory of this scheduler"
        self.owner = uuid.uuid4().hex
        self._lock = Lock()
        self._runs: dict[str, StoredRun] = {}
        self._submissions: dict[str, tuple[bytes, bytes]] = {}
        self._events: dict[str, list[bytes]] = {}

    def create(self, run: StoredRun, submission: bytes, graph: bytes) -> None:
        """Take in a run; ``run.owner`` empty means this object's owner."""
        with self._lock:
            if run.run_id in self._runs:
                raise StoreError(f"run {run.run_id!r} is in {self.place} already")
            self._runs[run.run_id] = replace(
                run,
                owner=run.owner or self.owner,
                last_seq=0,
                nbytes=len(submission) + len(graph),
            )
            self._submissions[run.run_id] = (submission, graph)
            self._events[run.run_id] = []

    def write(self, entries: Sequence[Entry], endings: Sequence[Ending] = ()) -> None:
        """Add events, and note the runs that ended with them; all or nothing."""
        with self._lock:
            of_runs: dict[str, list[Entry]] = {ending.run_id: [] for ending in endings}
            for entry in entries:
                of_runs.setdefault(entry.run_id, []).append(entry)
            new = {name: following(each, self._known(name)) for name, each in of_runs.items()}
            for run_id, added in new.items():
                run = self._runs[run_id]
                self._events[run_id] += [entry.data for entry in added]
                self._runs[run_id] = grown(run, added)
            for run_id, status, finished, counts in endings:
                self._runs[run_id] = replace(
                    self._runs[run_id], status=status, finished=finished, counts=counts
                )

    def events_after(self, run_id: str, seq: int, limit: int) -> list[bytes]:
        """Return up to `limit` encoded events of a run with numbers above `seq`, in order."""
        with self._lock:
            self._known(run_id)
            return self._events[run_id][max(seq, 0) : max(seq, 0) + max(limit, 0)]

    def runs(self) -> list[StoredRun]:
        """Return all runs in the order they started."""
        with self._lock:
            return sorted(self._runs.values(), key=lambda run: run.started)

    def run(self, run_id: str) -> StoredRun:
        """Return one run."""
        with self._lock:
            return self._known(run_id)

    def submission(self, run_id: str) -> tuple[bytes, bytes]:
        """Return how a run was submitted, as ``create`` took it."""
        with self._lock:
            self._known(run_id)
            return self._submissions[run_id]

    def claim(self, run_id: str) -> bool:
        """Return False: a run that has not ended is carried through as long as this store lasts."""
        with self._lock:
            self._known(run_id)
            return False

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop runs with all their events; nothing happens for those that are not here."""
        with self._lock:
            for run_id in run_ids:
                for kept in (self._runs, self._submissions, self._events):
                    kept.pop(run_id, None)

    def close(self) -> None:
        """Do nothing: it all ends with the process."""

    def _known(self, run_id: str) -> StoredRun:
        run = self._runs.get(run_id)
        if run is None:
            raise UnknownRunError(
                f"run {run_id!r} is not in this store: {nearest(run_id, self._runs)}"
            )
        return run
