"""One task cell, and how it is with what was changed of it by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from maze_nb.dataflow import CellNames, CellPorts
from maze_nb.magics.capture import Capture
from maze_nb.magics.cell_edits import CellEdit, Edits, Given, Wire
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources


@dataclass(frozen=True)
class TaskCell:
    """A cell that was marked as a task.

    Attributes
    ----------
    task_id
        Stays the same when the cell is run again.
    cell_id
        The notebook's own id of the cell, if the front end tells it.
    is_named
        Whether the name was given by hand.
    source, text
        Python source, and what the notebook shows.
    names
        What the cell does to names.
    reads
        Names it needs from other cells or the notebook.
    soft_reads
        Names it reads only where something makes them.
    inputs
        The names it may read from other cells; None for all that it reads.
    outputs
        The names it makes.
    is_strict
        Whether the outputs were named by hand.
    resources
        What it asks for.
    options
        How it is to be run.
    captured
        Notebook variables as they were when the cell was marked.
    edit
        What was changed of it by hand.
    kind
        Whether its text is Python, or a command: then its source is Python that runs it.
    """

    task_id: TaskId
    cell_id: str | None
    name: str
    is_named: bool
    source: str
    text: str
    names: CellNames
    reads: frozenset[str]
    soft_reads: frozenset[str]
    inputs: frozenset[str] | None
    outputs: tuple[str, ...]
    is_strict: bool
    resources: Resources
    options: CheckedOptions = field(default_factory=CheckedOptions)
    captured: Capture = field(default_factory=Capture)
    edit: CellEdit | None = None
    kind: str = "python"

    @property
    def given(self) -> Mapping[str, Given]:
        """What is given by hand, by the names that it reads."""
        return {} if self.edit is None else self.edit.given

    @property
    def ports(self) -> CellPorts:
        """What it takes from other cells and gives to them."""
        reads = self.reads | self.soft_reads if self.inputs is None else self.inputs
        reads -= self.given.keys()
        names = self.names
        mutates = names.mutates & reads
        return CellPorts(
            self.name,
            reads,
            self.outputs,
            mutates,
            names.lines,
            names.deletes,
            self.is_strict,
            names.looked_up - self.given.keys(),
            {
                name: (given.task_id, given.output)
                for name, given in self.given.items()
                if isinstance(given, Wire)
            },
            frozenset() if self.edit is None else self.edit.after,
        )


def edit_applied(
    cell: TaskCell, edit: CellEdit, marked: Mapping[TaskId, TaskCell], edits: Edits
) -> TaskCell:
    """Return a cell with what was changed of it; what reads what is gone is given nothing."""
    here = marked.keys() - edits.removed

    def is_there(given: Given) -> bool:
        if not isinstance(given, Wire):
            return True
        return given.task_id in here and given.output in marked[given.task_id].outputs

    given = {name: each if is_there(each) else None for name, each in edit.given.items()}
    return replace(
        cell,
        resources=edit.resources or cell.resources,
        options=edit.options or cell.options,
        edit=replace(edit, given=given, after=edit.after & here),
    )
