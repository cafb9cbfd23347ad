"""Which runs have the newest outputs of each task cell, and of which version of the cell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId
from maze_nb.runners.cell import Captured, CellFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.submission import CacheParts


@dataclass(slots=True)
class Version:
    """A task cell as it was in the newest run that computes it.

    Attributes
    ----------
    fingerprint
        Is the same for cells that make the same.
    made_of
        The cell and all it reads from, as they were.
    run_ids
        The runs that have its outputs, or still compute them; who reads them takes the first that
        has not come to nothing.
    """

    fingerprint: str
    made_of: tuple[TaskCell, ...]
    run_ids: list[str] = field(default_factory=list)

    @property
    def cell(self) -> TaskCell:
        """The cell itself."""
        return self.made_of[-1]

    def is_stale(self, book: CellBook) -> bool:
        """Whether the cell, or one it reads from, was changed since."""
        now = book.with_sources(self.cell.task_id)
        return len(now) != len(self.made_of) or any(map(_differ, now, self.made_of))


class Newest:
    """The newest version of each task cell."""

    def __init__(self) -> None:
        self._versions: dict[TaskId, Version] = {}

    def of(self, task_id: TaskId) -> Version | None:
        """Return the newest version of a cell that was run in this kernel, if it was."""
        return self._versions.get(task_id)

    def current(self, task_id: TaskId, fingerprint: str) -> list[str]:
        """Return the runs that have what a cell makes as it is now, or still compute it."""
        version = self._versions.get(task_id)
        return version.run_ids if version and version.fingerprint == fingerprint else []

    def note(
        self,
        run_id: str,
        cells: Iterable[tuple[TaskCell, ...]],
        fingerprints: Mapping[TaskId, str],
        taken: Mapping[str, str],
    ) -> list[Version]:
        """Note a run of cells; return the versions that it is the first to compute.

        Parameters
        ----------
        cells
            For each cell of the run those it is made of, itself the last.
        taken
            The tasks that it takes from other runs.
        """
        begun = []
        for made_of in cells:
            task_id = made_of[-1].task_id
            fingerprint = fingerprints[task_id]
            if task_id in taken and self.current(task_id, fingerprint):
                self._versions[task_id].run_ids.append(run_id)
                continue
            version = Version(fingerprint, made_of, [run_id])
            self._versions[task_id] = version
            begun.append(version)
        return begun


def fingerprints_of(workflow: WorkflowGraph, parts: Mapping[str, CacheParts]) -> dict[TaskId, str]:
    """Return for each cell of a workflow what is the same for cells that make the same.

    It depends on code, on what the cell took along, and on the cells it reads from.

    Parameters
    ----------
    workflow
        Made of cells, each after those it reads from.
    parts
        What the result cache goes by, by task id, of those cells of which that can be known.
    """
    found: dict[TaskId, str] = {}
    for task in workflow.get_tasks():
        above = sorted(
            (name, found[reference.task.task_id], reference.name)
            for name, reference in task.references()
        )
        own = _own(task, parts.get(task.task_id))
        found[task.task_id] = hashlib.sha256(msgspec.msgpack.encode((own, above))).hexdigest()
    return found


def _own(task: WorkflowTask, parts: CacheParts | None) -> object:
    if parts is not None:
        return sorted(parts.code.items()), sorted(parts.inputs.items())
    function = task.function.function
    assert isinstance(function, CellFunction)
    taken = sorted((name, _content(value)) for name, value in task.inputs.items()
                   if isinstance(value, Captured | KeptValue))  # fmt: skip
    return function.source, function.prelude, function.outputs, taken


def _content(value: Captured | KeptValue) -> bytes | str:
    return value.data if isinstance(value, Captured) else value.name


def _differ(now: TaskCell, then: TaskCell) -> bool:
    return now is not then and (
        now.task_id != then.task_id
        or now.source != then.source
        or now.outputs != then.outputs
        or now.captured.inputs != then.captured.inputs
    )
