"""Brings a run's messages from the run store of this machine, while another process writes them."""

from __future__ import annotations

import threading
import time

from maze_nb.errors import MazeError
from maze_nb.model.states import RunStatus
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.lost_connection import interrupted_run
from maze_nb.sdk.shelf import Shelf
from maze_nb.sdk.stream import Read

_PAUSE = 0.25
_LOOK_SECONDS = 2.0
"""How often to look into a store whose files do not change, as an owner dies without a word."""


class DiskStream:
    """Fills the log of a run until its end, in the background; the log says if that fails.

    Parameters
    ----------
    shelf
        Where the messages are.
    log
        Where to, with what is known already.
    read
        Makes messages readable.
    """

    def __init__(self, shelf: Shelf, log: MessageLog, read: Read) -> None:
        self._shelf = shelf
        self._log = log
        self._read = read
        self._stopped = threading.Event()
        self._stamp: object = None
        self._looked = 0.0
        threading.Thread(target=self._follow, name="maze-disk-stream", daemon=True).start()

    def cancel(self) -> None:
        """Stop following."""
        self._stopped.set()

    def _follow(self) -> None:
        try:
            while not self._log.is_complete and not self._stopped.wait(_PAUSE):
                self._take()
        except MazeError as error:
            self._log.fail(error)
        except Exception as error:  # noqa: BLE001 - the boundary of a background job
            self._log.fail(MazeError(f"run {self._log.run_id} cannot be followed: {error!r}"))

    def _take(self) -> None:
        stamp, now = self._shelf.stamp(), time.monotonic()
        if stamp == self._stamp and now - self._looked < _LOOK_SECONDS:
            return
        # Noted before reading: what is written meanwhile is looked for again.
        self._stamp, self._looked = stamp, now
        # Asked before reading: what an owner wrote before it was gone is read below.
        run = self._shelf.find(self._log.run_id)
        news = self._shelf.messages(self._log.run_id, self._log.last_seq)
        is_lost = run is not None and run.status == RunStatus.INTERRUPTED
        if news:
            self._log.append([self._read(message) for message in news])
        elif is_lost and not self._log.is_interrupted:
            self._log.fail(interrupted_run(self._log.run_id), is_lost=True)
