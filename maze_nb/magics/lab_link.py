"""Tells JupyterLab which runs the cells of this notebook are in, also while the kernel is busy."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.magics.lab_cells import LabCells
from maze_nb.magics.task_cell import TaskCell
from maze_nb.projection.message import Message, data_of, mapping_of, type_of
from maze_nb.sdk.log import MessageLog

TARGET = "maze_nb.lab"
"""The name and the id of the comm: whoever opens the notebook later need not have heard it open."""
INTERVAL = 0.2
"""Least seconds between two messages."""
PULSE = 4.0
"""Seconds after which all is told again while a run goes on, for who opened the notebook since."""

logger = logging.getLogger(__name__)

Say = Callable[[dict[str, Any]], None]


@dataclass(eq=False)
class _Followed:
    """One run that goes on, and its cells by the ids of tasks once these are known."""

    log: MessageLog
    unsubscribe: Callable[[], None]
    taken: int = 0
    cells: dict[str, str] = field(default_factory=dict)
    has_begun: bool = False


class LabLink:
    """The notebook's side of what JupyterLab shows at cells.

    Guards what was told. One thread follows the runs that go on and ends with the last of them.
    Without a kernel there is nobody to tell, and nothing is done.
    """

    def __init__(self) -> None:
        self._say: Say | None = None
        self._cells = LabCells()
        self._places: dict[str, str] = {}
        self._run_id = ""
        self._followed: list[_Followed] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self, shell: Any) -> None:
        """Begin to tell, if the shell is that of a kernel."""
        if getattr(shell, "kernel", None) is None:
            return
        from comm import create_comm, get_comm_manager

        # Nothing is opened: where nobody knows this comm, nobody complains about it.
        comm = create_comm(target_name=TARGET, comm_id=TARGET, primary=False)
        get_comm_manager().register_comm(comm)
        comm.on_msg(lambda _: self.tell_all())
        self.connect(comm.send)

    def connect(self, say: Say) -> None:
        """Tell what there is to tell by calling `say`, from any thread."""
        self._say = say
        self.tell_all()

    def tell_all(self) -> None:
        """Tell all that is known."""
        with self._lock:
            self._cells.changed()
            self._tell("state", self._cells.rows)

    def mark(self, cell: TaskCell, place: str = "") -> None:
        """Tell that a cell was marked as a task.

        Parameters
        ----------
        place
            What the display ids of the outputs under it begin with: a page that is loaded again
            has forgotten which output is which.
        """
        if cell.cell_id and self._say is not None:
            with self._lock:
                if place:
                    self._places[cell.cell_id] = place
                self._cells.mark(cell.cell_id, cell.task_id, cell.name, cell.text)
                self._tell("cells", self._cells.changed())

    def follow(self, log: MessageLog) -> None:
        """Tell how the cells of a run stand, from now until it ends."""
        if self._say is None:
            return
        followed = _Followed(log, log.subscribe(self._wake.set))
        with self._lock:
            self._run_id = log.run_id
            self._followed.append(followed)
            self._wake.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._go, name="maze-lab", daemon=True)
                self._thread.start()

    def _go(self) -> None:
        told_at = 0.0
        pause = threading.Event()
        while self._wake.wait(PULSE) or self._followed:
            self._wake.clear()
            with self._lock:
                is_pulse = time.monotonic() - told_at >= PULSE
                if is_pulse:
                    told_at = time.monotonic()
                if not self._beat(is_pulse=is_pulse):
                    self._thread = None
                    return
            pause.wait(INTERVAL)

    def _beat(self, *, is_pulse: bool) -> bool:
        """Take in what is new and tell it; return whether a run goes on."""
        try:
            for followed in list(self._followed):
                if not self._take_in(followed):
                    followed.unsubscribe()
                    self._followed.remove(followed)
            changed = self._cells.changed()
            if is_pulse:
                self._tell("state", self._cells.rows)
            elif changed:
                self._tell("cells", changed)
        except Exception:
            # A thread has nobody to raise to; the runs go on, and only dots at cells stand still.
            logger.exception("JupyterLab is not told any more how the cells of this notebook stand")
            self._followed.clear()
        return bool(self._followed)

    def _take_in(self, followed: _Followed) -> bool:
        """Fold what is new of a run; return whether it goes on and is about cells."""
        log = followed.log
        is_complete = log.is_complete
        try:
            messages = log.wait(followed.taken, 0)
        except MazeError:
            self._cells.lose(log.run_id)
            return False
        followed.taken += len(messages)
        if not followed.has_begun:
            self._begin(followed, messages)
        self._cells.fold(log.run_id, followed.cells, messages)
        return not is_complete and not (followed.has_begun and not followed.cells)

    def _begin(self, followed: _Followed, messages: Sequence[Message]) -> None:
        for message in messages:
            if type_of(message) == "start_workflow":
                graph = mapping_of(data_of(message).get("graph"))
                followed.cells = self._cells.begin(followed.log.run_id, graph)
                followed.has_begun = True
                return

    def _tell(self, kind: str, cells: dict[str, Any]) -> None:
        if self._say is not None:
            places = self._places if kind == "state" else {}
            told = {"cells": dict(cells), "places": dict(places)}
            self._say({"kind": kind, "run_id": self._run_id, **told})
