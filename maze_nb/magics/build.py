"""A workflow made of task cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_edits import Typed
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.commands.shell_cell import KIND as SHELL
from maze_nb.runners.commands.shell_cell import ShellCell
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

AnyWorkflow = TypeVar("AnyWorkflow", bound=WorkflowGraph)


def build(
    book: CellBook, workflow: AnyWorkflow, cells: Iterable[TaskCell] | None = None
) -> AnyWorkflow:
    """Add task cells to an empty workflow; names that nobody makes are left out.

    Parameters
    ----------
    cells
        Each after those it reads from, all of which are among them; by default all of the book.
    """
    made: dict[TaskId, WorkflowTask] = {}
    for cell in book.in_order() if cells is None else cells:
        inputs = drawn_inputs(book, cell, made)
        for name, captured in cell.captured.inputs.items():
            inputs.setdefault(name, captured)
        task = made[cell.task_id] = workflow.add_task(
            _function(book, cell, tuple(inputs)),
            inputs,
            resources=cell.resources.as_dict(),
            name=cell.name,
            task_id=cell.task_id,
        )
        task.cell = cell.cell_id or ""
        for source in () if cell.edit is None else sorted(cell.edit.after & made.keys()):
            workflow.add_edge(made[source], task)
    return workflow


def drawn_inputs(
    book: CellBook, cell: TaskCell, made: Mapping[TaskId, WorkflowTask]
) -> dict[str, Any]:
    """Return what a cell reads of the tasks of other cells, and what it was given by hand."""
    inputs: dict[str, Any] = {
        name: made[maker.task_id].outputs[output]
        for name, (maker, output) in book.wires(cell).items()
    }
    for name, given in cell.given.items():
        if isinstance(given, Typed):
            inputs[name] = given.value
    return inputs


def cell_function(book: CellBook, cell: TaskCell) -> CellFunction:
    """Return a cell as the function that a worker calls."""
    made = ShellCell if cell.kind == SHELL else CellFunction
    return made(
        cell.name,
        cell.source,
        cell.text,
        tuple(book.imports_for(cell)),
        cell.outputs,
        cell.is_strict,
        tuple({maker.name: maker.text for maker in book.sources(cell).values()}.items()),
    )


def _function(book: CellBook, cell: TaskCell, inputs: tuple[str, ...]) -> TaskFunction:
    signature = Signature("dict", inputs, cell.outputs)
    return TaskFunction(cell_function(book, cell), signature, cell.resources, cell.options)
