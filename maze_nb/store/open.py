"""Opening a run store by its place."""

from __future__ import annotations

from pathlib import Path

from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import RunStore
from maze_nb.store.sqlite import SqliteRunStore


def open_store(path: Path | None, *, reading: bool = False, address: str = "") -> RunStore:
    """Return the run store in a file.

    Parameters
    ----------
    path
        The file, as ``config.store_file()`` gives it; None for a store in memory.
    reading
        Whether it is only read, also while other processes write to it: nothing is written or
        owned then, and a file that is not there reads as an empty store and is not made. Only a
        store that an older Maze made is brought up to date first.
    address
        Of the scheduler that opens it, for those who find its runs there and want to ask it.

    Raises
    ------
    StoreError
        If the file is not a run store that this Maze knows, or cannot be used.
    """
    if path is None:
        return MemoryRunStore()
    return SqliteRunStore(path, reading=reading, address=address)
