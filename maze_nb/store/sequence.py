"""Which events of those that are to be written a run does not have yet, and the run with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from maze_nb.errors import RunTakenError
from maze_nb.projection.sparkline import add_ends
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.wire.event_bytes import task_end


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


def grown(run: StoredRun, new: Sequence[Entry]) -> StoredRun:
    """Return a run with these events after its last one."""
    ends = [end for end in map(task_end, (entry.data for entry in new)) if end is not None]
    since = [(time - run.started, has_failed) for time, has_failed in ends]
    return replace(
        run,
        last_seq=run.last_seq + len(new),
        nbytes=run.nbytes + sum(len(entry.data) for entry in new),
        sparkline=add_ends(run.sparkline, since) if since else run.sparkline,
    )
