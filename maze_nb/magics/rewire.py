"""Editing the workflow of a notebook's cells by hand: what is drawn becomes edits of the cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import CellError
from maze_nb.magics.build import cell_function, drawn_inputs
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_edits import CellEdit, Edits, Given, Typed, Wire
from maze_nb.magics.task_cell import TaskCell
from maze_nb.model.ids import TaskId
from maze_nb.sdk.editing.editor import Editor, EditState
from maze_nb.sdk.editing.operations import Edit, name_of
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.standing import TaskStanding
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask

Standings = Mapping[TaskId, TaskStanding]


class CellEditor(Editor):
    """Applies edits to the workflow of task cells.

    Guards that the cells still fit together. An edit is tried on a graph of the cells, which
    refuses what is no directed acyclic graph; what it changed there is kept in the book beside the
    cells, obeyed by their runs, and dropped when a cell is run again with another text.

    Parameters
    ----------
    book
        Returns the cells of now.
    name
        Returns what their workflow is called.
    watchers
        Called by the book after each change.
    """

    def __init__(
        self,
        book: Callable[[], CellBook],
        name: Callable[[], str],
        watchers: list[Callable[[], None]],
    ) -> None:
        super().__init__(WorkflowGraph(name()))
        self._book = book
        self._name = name
        self._watchers = watchers

    def graph(self) -> dict[str, Any]:
        """Return the graph as plain data."""
        return self._drawn().as_dict()

    def state(self) -> EditState:
        """Return what a view has to know beside the graph."""
        edits = self._book().edits
        state = Editor(self._drawn()).state()
        return {**state, "undo": edits.undo_label, "redo": edits.redo_label}

    def apply(self, edit: Edit) -> dict[str, Any]:
        """Carry out an edit; see `Editor.apply`.

        Raises
        ------
        WorkflowError, CellError
            If it is refused, with the reason. All is then as it was.
        """
        with self._lock:
            book = self._book()
            edits = book.edits
            match name_of(edit):
                case "undo":
                    edits.undo()
                case "redo":
                    edits.redo()
                case _:
                    drawn = self._drawn()
                    before = drawn.standings()
                    tried = Editor(drawn)
                    tried.apply(edit)
                    changed = _edits_of(book, edits.now, before, drawn.standings())
                    edits.change(tried.state()["undo"], changed)
            book.change_edits(edits)
            return self.graph()

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a view asked for, or carry out its edit."""
        if asked.get("op") in ("targets", "sources"):
            return Editor(self._drawn()).answer(asked)
        self.apply(asked)
        return {}

    def reset(self) -> None:
        """Take back all edits, as one.

        Raises
        ------
        CellError
            If there are none.
        """
        book = self._book()
        edits = book.edits
        if not edits.now:
            raise CellError("no edit was made in the graph: there is nothing to reset")
        edits.change("take back all edits", Edits())
        book.change_edits(edits)

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change of the cells; return how to end that."""
        self._watchers.append(listener)

        def end() -> None:
            if listener in self._watchers:
                self._watchers.remove(listener)

        return end

    def _drawn(self) -> WorkflowGraph:
        """Return the graph of the cells, with an input for each name that they read."""
        book = self._book()
        graph = WorkflowGraph(self._name())
        graph.workflow_id = self._graph.workflow_id
        made: dict[TaskId, WorkflowTask] = {}
        for cell in book.in_order():
            inputs = drawn_inputs(book, cell, made)
            task = _task(book, cell, tuple(inputs))
            made[cell.task_id] = graph.add_task(
                task,
                inputs,
                resources=cell.resources.as_dict(),
                name=cell.name,
                task_id=cell.task_id,
            )
            made[cell.task_id].cell = cell.cell_id or ""
            made[cell.task_id].function = _needing(task, book.missing(cell))
            after = frozenset[TaskId]() if cell.edit is None else cell.edit.after
            for source in sorted(after & made.keys()):
                graph.add_edge(made[source], made[cell.task_id])
        order = {cell.task_id: None for cell in book.cells()}
        standings = graph.standings()
        graph.stand([standings[task_id] for task_id in order])
        return graph


def _task(book: CellBook, cell: TaskCell, given: tuple[str, ...]) -> TaskFunction:
    read = {*cell.reads, *cell.captured.names, *cell.given} - {*given}
    names = (*given, *sorted(read & ({*cell.captured.names, *cell.given} | {*book.missing(cell)})))
    signature = Signature("dict", names, cell.outputs, frozenset(names))
    return TaskFunction(cell_function(book, cell), signature, cell.resources, cell.options)


def _needing(task: TaskFunction, missing: list[str]) -> TaskFunction:
    """Return a task of which all inputs have defaults, the notebook's variables, but these."""
    signature = task.signature
    optional = signature.optional - {*missing}
    needing = Signature("dict", signature.inputs, signature.outputs, optional)
    return TaskFunction(task.function, needing, task.resources, task.options)


def _edits_of(book: CellBook, now: Edits, before: Standings, after: Standings) -> Edits:
    """Return the edits by which the cells come to stand as they do after an edit."""
    removed = now.removed | (before.keys() - after.keys())
    cells = dict(now.cells)
    for cell in book.cells():
        stands = after.get(cell.task_id)
        if stands is None or stands.is_as(before[cell.task_id]):
            continue
        was = before[cell.task_id]
        edit = cells.get(cell.task_id, CellEdit(cell.text))
        given = dict(edit.given)
        old, new = dict(was.inputs), dict(stands.inputs)
        for name in {**old, **new}:
            if name in new and name in old and new[name] is old[name]:
                continue
            # What read a task that is taken out is given nothing only as long as that is out.
            if name not in new and _source(old[name]) in removed:
                continue
            given[name] = _given(new[name]) if name in new else None
            if given[name] is None and name in cell.captured.names:
                del given[name]
        edit = CellEdit(
            cell.text,
            given,
            stands.after,
            edit.resources if stands.resources == was.resources else stands.resources,
            edit.options if stands.options == was.options else stands.options,
        )
        cells.pop(cell.task_id, None)
        if edit != CellEdit(cell.text):
            cells[cell.task_id] = edit
    return Edits(cells, removed)


def _source(value: Any) -> TaskId | None:
    return value.task.task_id if isinstance(value, OutputReference) else None


def _given(value: Any) -> Given:
    if isinstance(value, OutputReference):
        return Wire(value.task.task_id, value.name)
    return Typed(value)
