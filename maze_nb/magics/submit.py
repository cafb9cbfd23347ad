"""Submits task cells, and keeps which run has the newest outputs of which of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from maze_nb.errors import MazeError
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.newest import Newest, fingerprints_of
from maze_nb.magics.task_cell import TaskCell
from maze_nb.magics.values import Values
from maze_nb.model.ids import TaskId
from maze_nb.sdk.caching import CacheUse, cached_parts
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.interrupt import telling_that_it_began
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_index import RunIndex
from maze_nb.sdk.workflow import Workflow
from maze_nb.wire.messages import Message
from maze_nb.wire.submission import CacheParts


class Fate(Enum):
    """What becomes of a task in a run."""

    GOES_ON = "goes on"
    DONE = "done"
    FAILED = "failed"
    NOTHING = "nothing"
    """It was cancelled or skipped, or the run was lost."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Cells that are to run, with what they depend on.

    Attributes
    ----------
    cells
        Each after those it reads from.
    parts
        What the result cache goes by.
    """

    workflow: Workflow
    cells: Sequence[TaskCell]
    parts: Mapping[str, CacheParts]
    fingerprints: Mapping[TaskId, str]


class CellRuns:
    """The runs of a notebook's cells.

    Parameters
    ----------
    find
        Returns a run by its id.
    """

    def __init__(self, values: Values, find: Callable[[str], Run]) -> None:
        self.newest = Newest()
        self._values = values
        self._find = find
        self._indexes: dict[str, tuple[MessageLog, RunIndex]] = {}

    def prepare(
        self, book: CellBook, cells: Sequence[TaskCell], client: MaClient, name: str
    ) -> Prepared:
        """Return cells ready to be submitted.

        Raises
        ------
        SerializationError
            If a function or a value cannot be pickled.
        """
        # The client would hold each of its workflows, and what they captured, until it ends.
        workflow = build(book, Workflow(client, name), cells)
        parts = cached_parts(workflow, None)
        return Prepared(workflow, cells, parts, fingerprints_of(workflow, parts))

    def submit(
        self,
        book: CellBook,
        client: MaClient,
        prepared: Prepared,
        *,
        taken: Mapping[str, str],
        fail_fast: bool = False,
        cache: CacheUse = None,
    ) -> Run:
        """Run cells; return the run at once.

        Parameters
        ----------
        taken
            The runs that have what some of the cells make, or compute it now.
        """
        parts = None if isinstance(cache, bool) else prepared.parts
        run_id = client.submit(
            prepared.workflow, fail_fast=fail_fast, cache=cache, taken=taken, parts=parts
        )
        with telling_that_it_began(run_id):
            self._begin(book, prepared, run_id, taken, is_new=cache in (False, "refresh"))
            return client.get_run(run_id)

    def _begin(
        self,
        book: CellBook,
        prepared: Prepared,
        run_id: str,
        taken: Mapping[str, str],
        *,
        is_new: bool,
    ) -> None:
        """Note that cells are being run, all of them anew if that was asked for."""
        unchanged = {
            cell.task_id
            for cell in prepared.cells
            if not is_new
            and cell.task_id in prepared.parts
            and self.newest.current(cell.task_id, prepared.fingerprints[cell.task_id])
        }
        made_of = [book.with_sources(cell.task_id) for cell in prepared.cells]
        begun = self.newest.note(run_id, made_of, prepared.fingerprints, taken)
        self._values.take_back()
        # What a person made of the values of a task that is as it was comes after it.
        cells = (version.cell for version in begun if version.cell.task_id not in unchanged)
        self._values.begin(name for cell in cells for name in cell.outputs)

    def fate(self, run_id: str, task_id: TaskId) -> tuple[Fate, Message | None]:
        """Return what becomes of a task in a run, and the message that says so."""
        try:
            run = self._find(run_id)
        except MazeError:
            return Fate.NOTHING, None
        log, index = self._indexes.get(run_id, (None, None))
        if index is None or log is not run.log:
            index = RunIndex(run.log)
            self._indexes[run_id] = run.log, index
        index.refresh()
        message = index.final.get(task_id)
        if message is not None:
            fates = {"finish_task": Fate.DONE, "task_exception": Fate.FAILED}
            return fates.get(message["type"], Fate.NOTHING), message
        over = run.log.is_complete or run.log.is_interrupted
        return (Fate.NOTHING if over else Fate.GOES_ON), None

    def holder(self, run_ids: Sequence[str], task_id: TaskId) -> str:
        """Return the first of some runs in which a task has not come to nothing; else the last."""
        for run_id in run_ids:
            if self.fate(run_id, task_id)[0] != Fate.NOTHING:
                return run_id
        return run_ids[-1] if run_ids else ""

    def takeable(self, prepared: Prepared) -> dict[str, tuple[str, Fate]]:
        """Return which cells are current, each with the run that has it and what became of it."""
        found: dict[str, tuple[str, Fate]] = {}
        for cell in prepared.cells:
            run_ids = self.newest.current(cell.task_id, prepared.fingerprints[cell.task_id])
            run_id = self.holder(run_ids, cell.task_id)
            fate = self.fate(run_id, cell.task_id)[0] if run_id else Fate.NOTHING
            if fate != Fate.NOTHING:
                found[str(cell.task_id)] = (run_id, fate)
        return found
