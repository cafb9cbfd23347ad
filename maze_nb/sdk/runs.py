"""The runs that one client knows: those it follows, and those that are kept on this machine."""

from __future__ import annotations

import logging
import socket
import time
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from distributed import Client

from maze_nb.config import home
from maze_nb.errors import (
    ConnectionFailedError,
    MazeError,
    StoreError,
)
from maze_nb.model.states import RunStatus
from maze_nb.sdk.bulk import in_bulk
from maze_nb.sdk.caller import Caller
from maze_nb.sdk.copying import Copying
from maze_nb.sdk.disk_stream import DiskStream
from maze_nb.sdk.fetch import fetch_output
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.look_up import unknown_run
from maze_nb.sdk.lost_connection import interrupted_run, offline_client
from maze_nb.sdk.origin import origin
from maze_nb.sdk.readable import Reader
from maze_nb.sdk.run import Run
from maze_nb.sdk.shelf import Shelf
from maze_nb.sdk.stream import start_stream
from maze_nb.store.protocol import COPY_OF, StoredRun
from maze_nb.wire.submission import RunSummary, decode_runs

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient

logger = logging.getLogger(__name__)

_PATIENCE = 10.0


class Runs:
    """Finds runs, follows those that go on, keeps what is known of them.

    Parameters
    ----------
    shelf
        The runs that are kept on this machine.
    dask_client, caller
        The connection to a cluster; None: there is none, only the shelf.
    outlives_us
        Whether the cluster goes on when this process ends.
    client
        Whose runs they are.
    """

    def __init__(
        self,
        shelf: Shelf,
        dask_client: Client | None = None,
        caller: Caller | None = None,
        *,
        outlives_us: bool = False,
        client: MaClient,
    ) -> None:
        self._client = client
        self._shelf = shelf
        self._dask_client = dask_client
        self._caller = caller
        self._outlives_us = outlives_us
        self._runs: dict[str, Run] = {}
        self._streams: dict[str, Future[None] | DiskStream] = {}
        self._copies: dict[str, Copying] = {}
        self._readers: dict[str, Reader] = {}
        self._is_ours: bool | None = None

    def get(self, run_id: str) -> Run:
        """Return the handle of a run; one that has ended and is here needs no connection.

        Raises
        ------
        UnknownRunError
            If neither this machine nor the cluster knows it.
        """
        found = self._runs.get(run_id)
        if found is not None and not found.log.is_interrupted:
            return found
        kept = self._find_here(run_id)
        if kept is not None and (_does_not_go_on(kept) or self._caller is None):
            return self._open(kept)
        status = self._known(run_id).status
        run = self.follow(run_id, kept)
        _hear(run.log, RunStatus(status))
        return run

    def follow(self, run_id: str, kept: StoredRun | None = None) -> Run:
        """Return the handle of a run that the cluster knows, with its messages as they come."""
        run = self._handle(run_id)
        run.log.clear_error()
        if kept is not None:
            self._read_in(run.log)
        self._stream(run, kept)
        return run

    def known(self) -> list[RunSummary]:
        """Return the runs that the cluster knows, or those that are here if there is none."""
        if self._caller is None:
            return [run.summary() for run in self._shelf.runs()]
        return decode_runs(self._caller.call("maze_runs"))

    @property
    def place(self) -> tuple[str, str]:
        """Where the runs are that `known` returns, and how others are had, in words."""
        if self._caller is None:
            return f"in {home()}", "for runs of a scheduler give its address"
        return f"at {self._caller.address}", ""

    def here(self) -> list[str]:
        """Return the ids of the runs whose messages are here, oldest first."""
        return list(dict.fromkeys([*(run.run_id for run in self._shelf.runs()), *self._runs]))

    def drop(self, run_id: str | None = None) -> None:
        """Drop what is here of one run, or of all; the cluster keeps its own."""
        dropped = self.here() if run_id is None else [run_id]
        for each in dropped:
            self._runs.pop(each, None)
            self._readers.pop(each, None)
            stream = self._streams.pop(each, None)
            if stream is not None:
                stream.cancel()
            copying = self._copies.pop(each, None)
            if copying is not None:
                # What has arrived may be on its way to the shelf, in another thread.
                copying.stop()
        self._shelf.drop(dropped)

    def close(self) -> None:
        """Stop following."""
        for stream in self._streams.values():
            stream.cancel()
        self._shelf.close()

    def _handle(self, run_id: str) -> Run:
        if run_id not in self._runs:
            goes_on_at = self._caller.address if self._caller and self._outlives_us else None
            log = MessageLog(run_id)
            self._runs[run_id] = Run(
                log, self._call, goes_on_at, taken_up=self._taken_up, client=self._client
            )
        return self._runs[run_id]

    def _find_here(self, run_id: str) -> StoredRun | None:
        try:
            return self._shelf.find(run_id)
        except StoreError as error:
            if self._caller is None:
                raise
            logger.warning("What is kept of runs on this machine cannot be read: %s", error)
            return None

    def _call(self, operation: str, **arguments: Any) -> Any:
        if self._caller is None:
            raise offline_client()
        return self._caller.call(operation, **arguments)

    def _taken_up(self, run_id: str) -> Run:
        """Return the handle of a run that has just been taken up, or begun, elsewhere."""
        run = self._runs.get(run_id)
        if run is None:
            return self.follow(run_id)
        run.log.clear_error()
        self._stream(run, None)
        return run

    def _open(self, kept: StoredRun) -> Run:
        run = self._handle(kept.run_id)
        self._read_in(run.log)
        if kept.status == RunStatus.INTERRUPTED:
            if run.log.is_interrupted:
                return run  # what was said of how that came about says more
            run.log.fail(interrupted_run(kept.run_id), is_lost=True)
        elif kept.finished is None and kept.owner.startswith(COPY_OF):
            where = kept.owner.removeprefix(COPY_OF)
            error = f"run {kept.run_id} goes on at {where}: connect there to follow it"
            run.log.fail(ConnectionFailedError(error))
        elif kept.finished is None:
            run.log.clear_error()
            self._streams[run.run_id] = DiskStream(self._shelf, run.log, self._reader(run.log))
        return run

    def _read_in(self, log: MessageLog) -> None:
        with in_bulk():
            read = self._reader(log)
            log.append([read(each) for each in self._shelf.messages(log.run_id)])

    def _reader(self, log: MessageLog) -> Reader:
        """Return what makes the messages of a run readable, after those that are in its log."""
        reader = self._readers.get(log.run_id)
        if reader is None or not log.last_seq:
            reader = self._readers[log.run_id] = Reader(partial(fetch_output, self._caller))
        return reader

    def _stream(self, run: Run, kept: StoredRun | None) -> None:
        assert self._dask_client is not None
        assert self._caller is not None
        address = self._caller.address
        keep = None
        if not self._is_shelf_theirs():
            keep = Copying(self._shelf, run.run_id, address, origin(), kept)
            self._copies[run.run_id] = keep
        self._streams[run.run_id] = start_stream(
            self._dask_client, address, run.log, self._reader(run.log), keep
        )

    def _is_shelf_theirs(self) -> bool:
        """Whether the scheduler's own run store is the file that is read here."""
        if self._is_ours is None:
            told = self._call("maze_store")
            self._is_ours = list(told) == [socket.gethostname(), self._shelf.place]
        return self._is_ours

    def _known(self, run_id: str) -> RunSummary:
        known = {summary.run_id: summary for summary in self.known()}
        if run_id not in known:
            where, elsewhere = self.place
            raise unknown_run(run_id, list(known.values()), where, elsewhere)
        return known[run_id]


def _hear(log: MessageLog, status: RunStatus) -> None:
    """Wait for what says where a run stands: its handle is to say so from the first on."""
    with suppress(MazeError):
        if status.is_final:
            for _ in log.follow(time.monotonic() + _PATIENCE):
                pass
        elif status == RunStatus.RUNNING:
            log.wait(0, _PATIENCE)


def _does_not_go_on(kept: StoredRun) -> bool:
    return kept.finished is not None or kept.status == RunStatus.INTERRUPTED
