"""The runs that are kept on this machine, which are read without a connection."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path

from maze_nb import config
from maze_nb.errors import StoreError, UnknownRunError
from maze_nb.store.protocol import COPY_OF, Ending, Entry, RunStore, StoredRun
from maze_nb.wire.messages import Message, decode_message
from maze_nb.wire.submission import decode_submission
from maze_nb.wire.task_story import TaskStories, TaskStory, story_of

logger = logging.getLogger(__name__)

_AT_ONCE = 5000


class Shelf:
    """Reads the run store of this machine, and puts there what runs elsewhere tell.

    Parameters
    ----------
    file
        The run store; by default that of the settings.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or config.store_file()
        self._lock = threading.Lock()
        self._copies: RunStore | None = None
        self._is_broken = False

    @property
    def place(self) -> str:
        """The file, empty if runs are kept in memory only."""
        return str(self._file or "")

    def runs(self) -> list[StoredRun]:
        """Return the runs that are here, oldest first."""
        return [] if self._file is None else self._reading().runs()

    def find(self, run_id: str) -> StoredRun | None:
        """Return what is known here of a run; None if nothing is."""
        if self._file is None:
            return None
        try:
            return self._reading().run(run_id)
        except UnknownRunError:
            return None

    def stamp(self) -> object:
        """Return by what it can be told, without opening it, that nothing was written since."""
        if self._file is None:
            return None
        from maze_nb.store.glance import stamp_of

        return stamp_of(self._file)

    def messages(self, run_id: str, after: int = 0) -> list[Message]:
        """Return the messages of a run with numbers above `after`."""
        store = self._reading()
        found: list[Message] = []
        while more := store.events_after(run_id, after + len(found), _AT_ONCE):
            found += [decode_message(data) for data in more]
        return found

    def story(self, run_id: str, task_id: str) -> TaskStory | None:
        """Return what was told of a task when its run was submitted; None if that is not here."""
        stories = self.stories(run_id)
        return None if stories is None else story_of(stories, task_id)

    def stories(self, run_id: str) -> TaskStories | None:
        """Return what was told of all tasks of a run; None if that is not here."""
        if self._file is None:
            return None
        try:
            data, _ = self._reading().submission(run_id)
        except UnknownRunError:
            return None
        return decode_submission(data).stories or TaskStories() if data else None

    def keep(
        self, run: StoredRun, entries: Sequence[Entry], endings: Sequence[Ending] = ()
    ) -> None:
        """Put messages of a run that goes on elsewhere here too; a fault is only logged.

        Parameters
        ----------
        run
            As it is to be known here, with an owner that begins with `COPY_OF`.
        """
        if self._file is None or self._is_broken:
            return
        try:
            with self._lock:
                self._put(run, entries, endings)
        except StoreError as error:
            self._is_broken = True
            logger.warning("Messages are not kept on this machine: %s", error)

    def drop(self, run_ids: Sequence[str]) -> None:
        """Drop the copies of runs that went on elsewhere."""
        dropped = [run.run_id for run in self.runs() if run.owner.startswith(COPY_OF)]
        wanted = [run_id for run_id in dropped if run_id in run_ids]
        if wanted and self._file is not None:
            with self._lock:
                self._writing().forget(wanted)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._copies is not None:
                self._copies.close()
                self._copies = None

    def _put(self, run: StoredRun, entries: Sequence[Entry], endings: Sequence[Ending]) -> None:
        store = self._writing()
        try:
            known = store.run(run.run_id)
        except UnknownRunError:
            known = run
            store.create(run, b"", b"")
        if known.owner.startswith(COPY_OF):
            store.write(entries, endings)

    def _reading(self) -> RunStore:
        assert self._file is not None
        # SQLite takes long to import, and not every client comes to read.
        from maze_nb.store.open import open_store

        return open_store(self._file, reading=True)

    def _writing(self) -> RunStore:
        assert self._file is not None
        if self._copies is None:
            from maze_nb.store.open import open_store

            self._copies = open_store(self._file)
        return self._copies
