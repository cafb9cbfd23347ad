"""Runs and events to and from rows of SQLite, guarded by checksums.

SQLite does not see that bytes within a row have changed on the disk; the checksums do.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from maze_nb.projection.sparkline import empty_sparkline
from maze_nb.store.faults import damaged
from maze_nb.store.protocol import Entry, StoredRun

COLUMNS = "run_id, started, owner, status, finished, last_seq, nbytes, about"
PART_BYTES = 4 << 20


def run_row(run: StoredRun) -> tuple[Any, ...]:
    """Return the values of `COLUMNS`, and their checksum."""
    about = json.dumps(
        {
            "workflow_id": run.workflow_id,
            "workflow_name": run.workflow_name,
            "origin": run.origin,
            "counts": run.counts,
            "uses": run.uses,
            "sparkline": run.sparkline,
        }
    )
    finished = None if run.finished is None else float(run.finished)
    values = (
        *(run.run_id, float(run.started), run.owner, run.status, finished),
        *(run.last_seq, run.nbytes, about),
    )
    return (*map(_plain, values), _crc_of(values))


def stored_run(row: tuple[Any, ...], path: Path) -> StoredRun:
    """Return the run in a row of `COLUMNS` and checksum; StoreError if it is damaged."""
    *values, crc = row
    if crc != _crc_of(values):
        raise damaged(path, f"what it says of the run {row[0]!r} is not what was written")
    run_id, started, owner, status, finished, last_seq, nbytes, about = values
    rest = json.loads(about)
    return StoredRun(
        run_id=run_id,
        workflow_id=rest["workflow_id"],
        workflow_name=rest["workflow_name"],
        started=started,
        origin=rest["origin"],
        owner=owner,
        status=status,
        finished=finished,
        counts=rest["counts"],
        last_seq=last_seq,
        nbytes=nbytes,
        uses=tuple(rest["uses"]),
        sparkline=rest.get("sparkline") or empty_sparkline(),
    )


def event_rows(key: int, entries: Iterable[Entry]) -> Iterator[tuple[int, int, bytes, int]]:
    """Yield the rows of events of the run with this key."""
    for _run_id, seq, data in entries:
        yield key, seq, data, zlib.crc32(data, seq & 0xFFFFFFFF)


def events_in(
    rows: Iterable[tuple[int, bytes, int]], run: StoredRun, seq: int, limit: int, path: Path
) -> list[bytes]:
    """Return the events in rows of number, data and checksum, that are to follow number `seq`."""
    found: list[bytes] = []
    for number, (stored, data, crc) in enumerate(rows, seq + 1):
        if stored != number or not _is_intact(data, crc, number & 0xFFFFFFFF):
            raise damaged(path, f"event {number} of the run {run.run_id!r} is not as written")
        found.append(data)
    if len(found) != max(min(limit, run.last_seq - seq), 0):
        raise damaged(path, f"events of the run {run.run_id!r} after {seq + len(found)} are gone")
    return found


def part_rows(key: int, kind: str, data: bytes) -> Iterator[tuple[int, str, int, memoryview, int]]:
    """Yield the rows that hold `data`, which may be more than SQLite takes in one.

    The last one is shorter than the others, if need be empty, so that its loss would be seen.
    """
    view = memoryview(data)
    for number in range(len(data) // PART_BYTES + 1):
        part = view[number * PART_BYTES : (number + 1) * PART_BYTES]
        yield key, kind, number, part, zlib.crc32(part)


def joined_parts(
    rows: Iterable[tuple[int, bytes, int]], run: StoredRun, kind: str, path: Path
) -> bytes:
    """Return what `part_rows` took apart, from rows of number, data and checksum."""
    whole, last = BytesIO(), PART_BYTES
    for expected, (number, data, crc) in enumerate(rows):
        if number != expected or last < PART_BYTES or not _is_intact(data, crc):
            raise damaged(path, f"the {kind} of the run {run.run_id!r} is not as written")
        whole.write(data)
        last = len(data)
    if last == PART_BYTES:
        raise damaged(path, f"the end of the {kind} of the run {run.run_id!r} is gone")
    return whole.getvalue()


def fetch_runs(connection: sqlite3.Connection, path: Path) -> list[StoredRun]:
    """Return all runs, in the order they started."""
    rows = connection.execute(
        f"SELECT {COLUMNS}, crc FROM runs NOT INDEXED ORDER BY started, key"  # noqa: S608
    )
    runs = [stored_run(row, path) for row in rows]
    # Told by the index alone: damage to either makes them differ.
    (count,) = connection.execute(
        "SELECT count(*) FROM runs INDEXED BY sqlite_autoindex_runs_1 WHERE run_id >= ''"
    ).fetchone()
    if count != len(runs):
        raise damaged(path, f"it has {len(runs)} runs, and its index lists {count}")
    return runs


def fetch_run(
    connection: sqlite3.Connection, run_id: str, path: Path
) -> tuple[int, StoredRun] | None:
    """Return a run with its key, None if it is not there."""
    row = connection.execute(
        f"SELECT key, {COLUMNS}, crc FROM runs WHERE run_id = ?",  # noqa: S608
        (run_id,),
    ).fetchone()
    return None if row is None else (row[0], stored_run(row[1:], path))


def insert_run(connection: sqlite3.Connection, run: StoredRun) -> int:
    """Add a run, and return its key."""
    cursor = connection.execute(
        f"INSERT INTO runs ({COLUMNS}, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        run_row(run),
    )
    return int(cursor.lastrowid or 0)


def update_run(connection: sqlite3.Connection, key: int, run: StoredRun) -> None:
    """Write down what has changed of a run."""
    connection.execute(
        f"UPDATE runs SET ({COLUMNS}, crc) = (?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE key = ?",  # noqa: S608
        (*run_row(run), key),
    )


def delete_run(connection: sqlite3.Connection, run_id: str) -> bool:
    """Remove a run with all that belongs to it; return whether it was there."""
    key = connection.execute("SELECT key FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    if key is None:
        return False
    connection.execute("DELETE FROM events WHERE run = ?", key)
    connection.execute("DELETE FROM parts WHERE run = ?", key)
    connection.execute("DELETE FROM runs WHERE key = ?", key)
    return True


def _plain(value: Any) -> Any:
    # SQLite takes no members of a StrEnum.
    return str(value) if isinstance(value, str) else value


def _is_intact(data: object, crc: object, start: int = 0) -> bool:
    # Damage may also make text or a number of it.
    return isinstance(data, bytes) and crc == zlib.crc32(data, start)


def _crc_of(values: Iterable[Any]) -> int:
    return zlib.crc32(json.dumps([*values], default=repr).encode())
