"""Keeps the messages of a run that goes on elsewhere on this machine too."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from maze_nb.projection.task_counts import TaskCounts
from maze_nb.sdk.shelf import Shelf
from maze_nb.store.protocol import COPY_OF, Ending, Entry, StoredRun, standing
from maze_nb.wire.messages import Message, decode_message


class Copying:
    """Puts the messages of one run on a shelf as they come.

    Parameters
    ----------
    shelf
        Where to.
    run_id
        Which run.
    address
        The scheduler that carries it through.
    origin
        Where the run was started.
    known
        What is on the shelf of it already.
    """

    def __init__(
        self, shelf: Shelf, run_id: str, address: str, origin: str, known: StoredRun | None = None
    ) -> None:
        self._shelf = shelf
        self._run_id = run_id
        self._owner = f"{COPY_OF}{address}"
        self._origin = origin
        self._run = known
        self._counts = TaskCounts()
        self._lock = Lock()
        self._is_stopped = False

    def stop(self) -> None:
        """Put nothing there any more, from when this returns on."""
        with self._lock:
            self._is_stopped = True

    def __call__(self, events: Sequence[bytes]) -> None:
        """Take encoded events that have arrived."""
        entries, endings = [], []
        for data in events:
            message = decode_message(data)
            entries.append(Entry(self._run_id, message["seq"], data))
            ending = self._note(message)
            if ending is not None:
                endings.append(ending)
        if not endings and entries:
            endings.append(standing(self._run_id, self._counts.counts()))
        with self._lock:
            if self._run is not None and not self._is_stopped:
                self._shelf.keep(self._run, entries, endings)

    def _note(self, message: Message) -> Ending | None:
        kind, data = message["type"], message["data"]
        if kind == "start_workflow":
            self._run = StoredRun(
                self._run_id,
                data["workflow_id"],
                data["workflow_name"],
                message["time"],
                self._origin,
                self._owner,
            )
        self._counts.fold(message)
        if kind == "finish_workflow":
            return Ending(self._run_id, data["status"], message["time"], self._counts.counts())
        return None
