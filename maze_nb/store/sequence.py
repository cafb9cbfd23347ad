"""Which events of those that are to be written a run does not have yet."""

from __future__ import annotations

from collections.abc import Iterable

from maze_nb.errors import RunTakenError
from maze_nb.store.protocol import Entry, StoredRun


def following(entries: Iterable[Entry], run: StoredRun) -> list[Entry]:
    """Return the entries that come after a run's last one.

    Raises
    ------
    RunTakenError
        If a number is missing between them: what is read later has to be complete.
    """
    new: list[Entry] = []
    due = run.last_seq + 1
    for entry in entries:
        if entry.seq == due:
            new.append(entry)
            due += 1
        elif entry.seq > due:
            raise RunTakenError(
                f"event {entry.seq} of run {run.run_id!r} cannot be written: event {due} has to "
                "come first"
            )
    return new
