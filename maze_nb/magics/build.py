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
    for cell in book.in_order():
        sources = book.sources(cell)
        inputs: dict[str, Any] = {
            name: made[maker.task_id].outputs[name] for name, maker in sources.items()
        }
        for name, captured in cell.captured.inputs.items():
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
    function = CellFunction(
        cell.name,
        cell.source,
        cell.text,
        tuple(book.imports_for(cell)),
        cell.outputs,
        cell.is_strict,
    )
    signature = Signature("dict", inputs, cell.outputs)
    return TaskFunction(function, signature, cell.resources, cell.options)
