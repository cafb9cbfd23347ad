"""Task cells that are submitted as they are run, and do not block the notebook."""

from __future__ import annotations

import atexit
import sys
import weakref
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import CellError, nearest
from maze_nb.magics.auto_wait import Awaited, wait_for
from maze_nb.magics.session import Session
from maze_nb.magics.submit import Fate
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow import Workflow

_NAME = "{notebook} · {cell}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The latest submission of a cell.

    ``taken`` are the tasks that it takes from other runs; the workflow is kept for who looks into
    it.
    """

    run_id: str
    cell: TaskCell
    fingerprint: str
    workflow: Workflow
    taken: frozenset[str]


class NonBlocking:
    """Submits single cells, each with the cells it reads from in a run of its own.

    Of those, what is current and has a run is taken from there, also while that goes on. Guards
    that of each cell only the latest version runs: what an earlier one still computes is
    cancelled, as far as no other run waits for it.

    Attributes
    ----------
    is_on
        Whether every task cell is submitted as it is run.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._latest: dict[TaskId, Submitted] = {}
        self.is_on = False

    def submit(self, cell: TaskCell, namespace: dict[str, Any]) -> tuple[Run, bool]:
        """Run a cell; return at once.

        Returns
        -------
        tuple
            The run, and whether it is a new one: a cell that goes on unchanged is not run twice.

        Raises
        ------
        CellError
            If it, or one it reads from, reads what nobody makes.
        """
        session = self._session
        cells = session.book.with_sources(cell.task_id)
        session.book.check(namespace, cells)
        name = _NAME.format(notebook=session.name, cell=cell.name)
        prepared = session.runs.prepare(session.book, cells, session.client, name)
        fingerprint = prepared.fingerprints[cell.task_id]
        before = self._going_on(cell.task_id)
        if before is not None and before.fingerprint == fingerprint:
            run = session.find_own(before.run_id)
            # The cell has been run again, and so has new places for what is to be shown.
            session.outputs.close([run.run_id])
            session.outputs.follow(run, besides=before.taken)
            return run, False
        takeable = session.runs.takeable(prepared)
        takeable.pop(str(cell.task_id), None)
        taken = {task_id: run_id for task_id, (run_id, _) in takeable.items()}
        run = session.submit(prepared, taken=taken)
        session.outputs.follow(run, besides=taken)
        if not self._latest:
            # Not earlier: an embedded cluster, which there is now, is to end after it.
            atexit.register(_tell_left, weakref.ref(self))
        self._latest[cell.task_id] = Submitted(
            run.run_id, cell, fingerprint, prepared.workflow, frozenset(taken)
        )
        if before is not None:
            session.client.supersede(before.run_id)
        return run, True

    def awaited(self, names: list[str] | None = None) -> list[Awaited]:
        """Return the latest submissions of cells, by default of all.

        Raises
        ------
        CellError
            If a cell was not submitted.
        """
        known = {each.cell.name: each for each in self._latest.values()}
        for name in names or ():
            if name not in known:
                raise CellError(
                    f"no cell {name!r} was submitted by itself: {nearest(name, known)}; "
                    f"%%maze_task --run, or %maze_auto on, does that"
                )
        wanted = [known[name] for name in (names or known)]
        return [
            Awaited(each.cell.name, self._session.find_own(each.run_id), each.cell.task_id)
            for each in wanted
        ]

    def wait(self, names: list[str] | None = None) -> list[Awaited]:
        """Wait until cells have ended that were submitted by themselves, and return them."""
        awaited = self.awaited(names)
        wait_for(awaited)
        return awaited

    def run_of(self, name: str | None) -> str | None:
        """Return the latest run of a cell that was submitted by itself, by the cell's name."""
        found = (each.run_id for each in self._latest.values() if each.cell.name == name)
        return next(found, None)

    def going_on(self) -> list[str]:
        """Return the names of the cells that were submitted by themselves and have not ended."""
        found = (self._going_on(task_id) for task_id in self._latest)
        return [each.cell.name for each in found if each is not None]

    def _going_on(self, task_id: TaskId) -> Submitted | None:
        latest = self._latest.get(task_id)
        if latest is None:
            return None
        fate, _ = self._session.runs.fate(latest.run_id, task_id)
        return latest if fate == Fate.GOES_ON else None


def _tell_left(auto: weakref.ref[NonBlocking]) -> None:
    """Say, as the kernel ends, that it leaves cells behind that nobody has waited for."""
    found = auto()
    names = found.going_on() if found is not None else []
    if names and sys.__stderr__ is not None:
        sys.__stderr__.write(
            f"maze-nb: the kernel ends while {', '.join(map(repr, names))} "
            f"{'has' if len(names) == 1 else 'have'} not ended: %maze_wait in the last cell waits\n"
        )
