"""A run store in a SQLite file, which several processes may share and which outlives them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from maze_nb.errors import RunTakenError, StoreError, UnknownRunError, nearest
from maze_nb.model.states import RunStatus
from maze_nb.store import rows
from maze_nb.store.database import Database
from maze_nb.store.faults import damaged
from maze_nb.store.glance import GlanceDatabase
from maze_nb.store.owners import Owner, folder_beside, is_alive, tidy
from maze_nb.store.protocol import COPY_OF, Ending, Entry, StoredRun
from maze_nb.store.sequence import following, grown

# Of how many runs, the latest, one is named that is like one that is not there.
_HINTS = 1000


class SqliteRunStore:
    """Keeps runs in a file.

    Parameters
    ----------
    path
        The file; made with its folder if it is not there.
    reading
        Whether it is only read: nothing is written then, and a file that is not there reads as an
        empty store.
    address
        Where the owner of the runs made through it is to be asked.

    Raises
    ------
    StoreError
        If the file cannot be written to, or is not a run store that this Maze knows.
    """

    def __init__(self, path: Path, *, reading: bool = False, address: str = "") -> None:
        self._database = GlanceDatabase(path) if reading else Database(path)
        self._path = self._database.path
        self._owners = folder_beside(self._path)
        self._owner = Owner(self._owners, address)
        if not reading:
            with suppress(OSError):  # it only looks untidy
                tidy(self._owners)

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return str(self._path)

    @property
    def owner(self) -> str:
        """The name under which runs made through this object are owned."""
        return self._owner.name

    def create(self, run: StoredRun, submission: bytes, graph: bytes) -> None:
        """Take in a run; ``run.owner`` empty means this object's owner."""
        new = replace(
            run,
            owner=run.owner or self.owner,
            last_seq=0,
            nbytes=len(submission) + len(graph),
        )

        def insert(connection: sqlite3.Connection) -> None:
            if rows.fetch_run(connection, run.run_id, self._path) is not None:
                raise StoreError(f"run {run.run_id!r} is in {self._path} already")
            if new.owner == self.owner:
                self._owner.hold()
            key = rows.insert_run(connection, new)
            for kind, data in (("submission", submission), ("graph", graph)):
                connection.executemany(
                    "INSERT INTO parts VALUES (?, ?, ?, ?, ?)", rows.part_rows(key, kind, data)
                )

        self._database.write(insert)

    def write(self, entries: Sequence[Entry], endings: Sequence[Ending] = ()) -> None:
        """Add events, and note the runs that ended with them; all or nothing."""
        of_runs: dict[str, list[Entry]] = {}
        for entry in entries:
            of_runs.setdefault(entry.run_id, []).append(entry)
        ends = {ending.run_id: ending for ending in endings}

        def add(connection: sqlite3.Connection) -> None:
            for run_id in {**of_runs, **ends}:
                self._add(connection, run_id, of_runs.get(run_id, []), ends.get(run_id))

        if of_runs or ends:
            self._database.write(add)

    def events_after(self, run_id: str, seq: int, limit: int) -> list[bytes]:
        """Return up to `limit` encoded events of a run with numbers above `seq`, in order."""
        after, most = max(seq, 0), max(limit, 0)

        def select(connection: sqlite3.Connection) -> list[bytes]:
            key, run = self._find(connection, run_id)
            found = connection.execute(
                "SELECT seq, data, crc FROM events WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?",
                (key, after, most),
            )
            return rows.events_in(found, run, after, most, self._path)

        return self._database.read(select)

    def runs(self) -> list[StoredRun]:
        """Return all runs in the order they started."""
        alive: dict[str, bool] = {}
        return [
            self._as_seen(run, alive)
            for run in self._database.read(lambda c: rows.fetch_runs(c, self._path))
        ]

    def run(self, run_id: str) -> StoredRun:
        """Return one run."""
        return self._as_seen(self._database.read(lambda c: self._find(c, run_id))[1], {})

    def submission(self, run_id: str) -> tuple[bytes, bytes]:
        """Return how a run was submitted, as ``create`` took it."""

        def select(connection: sqlite3.Connection) -> tuple[bytes, bytes]:
            key, run = self._find(connection, run_id)

            def joined(kind: str) -> bytes:
                found = connection.execute(
                    "SELECT number, data, crc FROM parts WHERE run = ? AND kind = ? "
                    "ORDER BY number",
                    (key, kind),
                )
                return rows.joined_parts(found, run, kind, self._path)

            return joined("submission"), joined("graph")

        return self._database.read(select)

    def claim(self, run_id: str) -> bool:
        """Make this object's owner the owner of a run that is interrupted."""

        def swap(connection: sqlite3.Connection) -> bool:
            key, run = self._find(connection, run_id)
            if not self._is_interrupted(run):
                return False
            self._owner.hold()
            rows.update_run(connection, key, replace(run, owner=self.owner))
            return True

        return self._database.write(swap)

    def forget(self, run_ids: Iterable[str]) -> None:
        """Drop runs with all their events; nothing happens for those that are not here."""
        dropped = False
        for run_id in run_ids:
            dropped |= self._database.write(partial(rows.delete_run, run_id=run_id))
        if dropped:
            self._database.give_back_space()

    def close(self) -> None:
        """Let go of the store; runs of this owner that have not ended are interrupted then."""
        self._database.close()
        self._owner.release()

    def _add(
        self, connection: sqlite3.Connection, run_id: str, entries: list[Entry], end: Ending | None
    ) -> None:
        key, run = self._find(connection, run_id)
        if run.owner != self.owner and self._is_carried(run):
            raise RunTakenError(
                f"run {run_id!r} in {self._path} is carried through by {run.owner} now; what "
                f"{self.owner} has to say of it is not taken"
            )
        new = following(entries, run)
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows.event_rows(key, new))
        longer = grown(run, new)
        if end is not None:
            longer = replace(longer, status=end.status, finished=end.finished, counts=end.counts)
        rows.update_run(connection, key, longer)

    def _find(self, connection: sqlite3.Connection, run_id: str) -> tuple[int, StoredRun]:
        found = rows.fetch_run(connection, run_id, self._path)
        if found is not None:
            return found
        known = [run.run_id for run in rows.fetch_runs(connection, self._path)]
        if run_id in known:
            raise damaged(self._path, f"its index does not list the run {run_id!r}")
        raise UnknownRunError(
            f"run {run_id!r} is not in {self._path}: {nearest(run_id, known[-_HINTS:])}"
        )

    def _is_carried(self, run: StoredRun) -> bool:
        return not _is_copy(run) and is_alive(self._owners, run.owner)

    def _is_interrupted(self, run: StoredRun) -> bool:
        return run.finished is None and not _is_copy(run) and not self._is_carried(run)

    def _as_seen(self, run: StoredRun, alive: dict[str, bool]) -> StoredRun:
        if run.finished is not None or _is_copy(run):
            return run
        if run.owner not in alive:
            alive[run.owner] = is_alive(self._owners, run.owner)
        return run if alive[run.owner] else replace(run, status=RunStatus.INTERRUPTED.value)


def _is_copy(run: StoredRun) -> bool:
    return run.owner.startswith(COPY_OF)
