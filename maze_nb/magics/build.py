"""A workflow made of task cells."""

from __future__ import annotations

from typing import Any, TypeVar

from maze_nb.magics.cell_book import CellBook, TaskCell
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

AnyWorkflow = TypeVar("AnyWorkflow", bound=WorkflowGraph)


def build(book: CellBook, workflow: AnyWorkflow) -> AnyWorkflow:
    """Add all task cells to an empty workflow; names that nobody makes are left out."""
    made: dict[str, WorkflowTask] = {}
    for cell in _in_order(book):
        sources = book.sources(cell)
        inputs: dict[str, Any] = {
            name: made[maker.task_id].outputs[name] for name, maker in sources.items()
        }
        for name, captured in cell.captured.items():
            inputs.setdefault(name, captured)
        made[cell.task_id] = workflow.add_task(
            _function(book, cell, tuple(inputs)),
            inputs,
            resources=cell.resources.as_dict(),
            name=cell.name,
            task_id=cell.task_id,
        )
    return workflow


def _function(book: CellBook, cell: TaskCell, inputs: tuple[str, ...]) -> TaskFunction:
    imports = {
        name: book.import_of(name) for name in (*cell.reads, *cell.soft_reads) if name not in inputs
    }
    function = CellFunction(
        cell.name,
        cell.source,
        cell.text,
        tuple(statement for statement in imports.values() if statement),
        cell.outputs,
        cell.is_strict,
    )
    return TaskFunction(function, Signature("dict", inputs, cell.outputs), cell.resources)


def _in_order(book: CellBook) -> list[TaskCell]:
    """Return the cells so that each comes after those it reads from."""
    ordered: dict[str, TaskCell] = {}
    waiting = book.cells()
    while waiting:
        later = []
        for cell in waiting:
            if all(source.task_id in ordered for source in book.sources(cell).values()):
                ordered[cell.task_id] = cell
            else:
                later.append(cell)
        waiting = later
    return list(ordered.values())
