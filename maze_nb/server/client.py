"""The client of the server: reads the run store, and calls the scheduler that has a run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import RLock
from time import monotonic
from typing import Any, NoReturn

from maze_nb.errors import ConnectionFailedError, UnknownRunError
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.disk_stream import DiskStream
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.readable import Reader
from maze_nb.sdk.run import Run
from maze_nb.sdk.runs import Runs
from maze_nb.sdk.shelf import Shelf
from maze_nb.server.schedulers import Schedulers
from maze_nb.server.sealed import SealedOutputs, refuse
from maze_nb.store.protocol import COPY_OF, StoredRun
from maze_nb.wire.submission import NodeSummary

_KEPT = 2
"""How many runs stay in memory that nobody follows any more, as they may be asked about."""

_FRESH_SECONDS = 5.0


class ServerClient(MaClient):
    """Has the runs of this home. What takes a scheduler is asked of the one that has the run.

    Parameters
    ----------
    schedulers
        Those that are known here.
    """

    def __init__(self, schedulers: Schedulers) -> None:
        super().__init__(offline=True)
        self.schedulers = schedulers
        self._runs: ServerRuns = ServerRuns(Shelf(), schedulers, self)

    def nodes(self) -> list[NodeSummary]:
        """Return the nodes of all schedulers that are known here.

        Raises
        ------
        ConnectionFailedError
            If none is known, or none of them answers.
        """
        found = self.schedulers.nodes()
        if not found:
            self.schedulers.any()
        if found and all(each.reason for each in found):
            raise ConnectionFailedError(found[0].reason)
        return [node for each in found for node in each.nodes]

    def let_go(self) -> None:
        """Forget the messages of runs that nobody follows, but for a few."""
        self._runs.let_go(_KEPT)

    def let_go_of_all(self) -> None:
        """Forget the messages of all runs that nobody follows."""
        self._runs.let_go(0)

    def _call(self, operation: str, **arguments: Any) -> Any:
        return self._runs._call(operation, **arguments)


class ServerRuns(Runs):
    """The runs of this home, of which only those stay in memory that are followed, and a few more.

    Parameters
    ----------
    shelf
        The run store.
    schedulers
        Who is asked for what is not there.
    client
        Whose runs they are.
    """

    def __init__(self, shelf: Shelf, schedulers: Schedulers, client: MaClient) -> None:
        super().__init__(shelf, client=client)
        self._schedulers = schedulers
        self._used: OrderedDict[str, float] = OrderedDict()
        self._guard = RLock()

    def get(self, run_id: str) -> Run:
        """Return the handle of a run that is here.

        Raises
        ------
        UnknownRunError
            If it is not.
        """
        with self._guard:
            run = super().get(run_id)
            self._used[run_id] = monotonic()
            self._used.move_to_end(run_id)
            self.let_go(_KEPT)
        return run

    def let_go(self, kept: int) -> None:
        """Forget the messages of runs that nobody follows, but for the last so many."""
        with self._guard:
            # Whoever has just asked for a run may be about to follow it.
            before = monotonic() - _FRESH_SECONDS
            idle = [
                run_id
                for run_id, used in self._used.items()
                if used < before and not self._runs[run_id].log.is_followed
            ]
            for run_id in idle[: max(0, len(idle) - kept)]:
                self._runs.pop(run_id)
                self._readers.pop(run_id, None)
                self._used.pop(run_id)
                stream = self._streams.pop(run_id, None)
                if stream is not None:
                    stream.cancel()

    def _call(self, operation: str, **arguments: Any) -> Any:
        run_id = arguments.get("run_id")
        kept = self._find_here(str(run_id)) if run_id else None
        where = self._schedulers.any() if kept is None else self._schedulers.of_run(kept)
        return self._schedulers.call(where, operation, **arguments)

    def _taken_up(self, run_id: str) -> Run:
        try:
            return self.get(run_id)
        except UnknownRunError:
            # It goes on elsewhere, and nobody keeps a copy of it here: only its name is known.
            run = self._handle(run_id)
            self._runs.pop(run_id)
            return run

    def _open(self, kept: StoredRun) -> Run:
        if kept.finished is None and kept.owner.startswith(COPY_OF):
            # The kernel that follows it there may go on filling the copy.
            run = self._handle(kept.run_id)
            self._read_in(run.log)
            self._streams[run.run_id] = DiskStream(self._shelf, run.log, self._reader(run.log))
            return run
        return super()._open(kept)

    def _reader(self, log: MessageLog) -> Reader:
        reader = self._readers.get(log.run_id)
        if reader is None or not log.last_seq:
            reader = self._readers[log.run_id] = Reader(_not_loaded, SealedOutputs)
        return reader


def _not_loaded(_data: Mapping[str, Any], output: Mapping[str, Any]) -> NoReturn:
    refuse(str(output.get("name")))
