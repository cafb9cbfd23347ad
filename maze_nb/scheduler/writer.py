"""Writes to the run store in a thread of its own, many events at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from maze_nb.errors import RunTakenError, StoreError, UnknownRunError
from maze_nb.scheduler.call_thread import CallThread
from maze_nb.store.protocol import Ending, Entry, RunStore, standing

logger = logging.getLogger(__name__)

_GATHER_SECONDS = 0.005
_GATHER_MORE_SECONDS = 0.0005
"""So much longer events are gathered for each that was written last: many come at once then."""
_GATHER_MOST_SECONDS = 0.05
_AGAIN_SECONDS = 1.0
_CLOSE_SECONDS = 10.0
T = TypeVar("T")
Counts = Callable[[], dict[str, int]]


class StoreWriter:
    """Hands events to the run store in order; what is added while it writes goes along next.

    If the store cannot be written to, everything waits here and is tried again until it can.

    Parameters
    ----------
    store
        The run store.
    on_disk
        Called in the event loop with events that are on disk now.

    Attributes
    ----------
    trouble
        Why the store could not be written to the last time; None if it could.
    """

    def __init__(self, store: RunStore, on_disk: Callable[[Sequence[Entry]], None]) -> None:
        self.store = store
        self.trouble: StoreError | None = None
        self._on_disk = on_disk
        self._entries: list[Entry] = []
        self._endings: list[Ending] = []
        self._counts: dict[str, Counts] = {}
        self._thread = CallThread("maze-store")
        self._job: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._settled.set()

    def add(self, entry: Entry, counts: Counts | None = None) -> None:
        """Have an event written.

        Parameters
        ----------
        counts
            Tells how many tasks of its run are in each state, when it is written.
        """
        self._entries.append(entry)
        if counts is not None:
            self._counts[entry.run_id] = counts
        self._kick()

    def end(self, ending: Ending) -> None:
        """Have the end of a run written, together with its last event."""
        self._endings.append(ending)
        self._counts.pop(ending.run_id, None)
        self._kick()

    async def ask(self, call: Callable[..., T], *arguments: object) -> T:
        """Return what a call of the store gives, after all writes that are under way."""
        return await asyncio.wrap_future(self._thread.submit(call, *arguments))

    async def settled(self) -> None:
        """Wait until all that was added is on disk, or cannot be written."""
        await self._settled.wait()

    async def close(self) -> None:
        """Write what is left, in bounded time, and close the store."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.settled(), _CLOSE_SECONDS)
        if self._job is not None:
            self._job.cancel()
        if self._entries:
            logger.error("%d events could not be written: %s", len(self._entries), self.trouble)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.ask(self.store.close), _CLOSE_SECONDS)
        self._thread.end()

    async def _drop_refused(self) -> None:
        """Drop what there is to write of runs that were forgotten or taken over meanwhile."""
        refused = set()
        for run_id in {entry.run_id for entry in self._entries}:
            own = [entry for entry in self._entries if entry.run_id == run_id]
            try:
                await self.ask(self.store.write, own)
            except UnknownRunError:
                refused.add(run_id)
            except RunTakenError as error:
                logger.error("What became of run %s here is not kept: %s", run_id, error)
                refused.add(run_id)
            except StoreError:
                break
        self._entries = [entry for entry in self._entries if entry.run_id not in refused]
        for run_id in refused:
            self._counts.pop(run_id, None)
        self._endings = [ending for ending in self._endings if ending.run_id not in refused]

    def _kick(self) -> None:
        if self.trouble is None:
            self._settled.clear()
        if self._job is None:
            self._job = asyncio.get_running_loop().create_task(self._write_all())
            self._job.add_done_callback(self._done)

    def _done(self, job: asyncio.Task[None]) -> None:
        self._job = None
        if self._entries or self._endings:
            if not job.cancelled():
                self._kick()
        else:
            self._settled.set()

    def _standing(self, entries: Sequence[Entry]) -> list[Ending]:
        """Return how runs stand that go on."""
        counts = {entry.run_id: self._counts.get(entry.run_id) for entry in entries}
        return [standing(run_id, each()) for run_id, each in counts.items() if each is not None]

    async def _write_all(self) -> None:
        pause = _GATHER_SECONDS
        while self._entries or self._endings:
            await asyncio.sleep(pause)
            entries, endings = self._entries[:], self._endings[:]
            try:
                await self.ask(self.store.write, entries, [*self._standing(entries), *endings])
            except (UnknownRunError, RunTakenError):
                await self._drop_refused()
                if not self._entries:
                    # Nothing is left that would find out that the store can be written to again.
                    self.trouble = None
                continue
            except StoreError as error:
                if self.trouble is None:
                    logger.error("Events are kept in memory until they can be written: %s", error)
                    self.trouble = error
                    self._settled.set()
                    self._on_disk(())
                await asyncio.sleep(_AGAIN_SECONDS)
                continue
            if self.trouble is not None:
                logger.warning("%s can be written to again", self.store.place)
                self.trouble = None
            del self._entries[: len(entries)], self._endings[: len(endings)]
            pause = _GATHER_SECONDS + len(entries) * _GATHER_MORE_SECONDS
            pause = min(pause, _GATHER_MOST_SECONDS)
            self._on_disk(entries)
