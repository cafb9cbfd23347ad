"""The editor of one workflow: applies edits all or nothing, and tells views how it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, TypedDict

from maze_nb.errors import WorkflowError
from maze_nb.sdk.editing.history import History
from maze_nb.sdk.editing.operations import Edit, carry_out, name_of, task_of, text_of
from maze_nb.sdk.editing.ports import Port, ports_of, sources_of, targets_of
from maze_nb.sdk.workflow_graph import WorkflowGraph

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run

MOST_TOGETHER = 1000
"""How many edits can be carried out as one."""


class EditState(TypedDict):
    """What a view has to know to edit.

    ``locked`` says why nothing can be edited now; empty if it can. ``undo`` and ``redo`` say what
    would be taken back, or done again. ``orders`` are the pairs that only ``add_edge`` made.
    """

    locked: str
    undo: str
    redo: str
    ports: dict[str, list[Port]]
    orders: list[list[str]]


class Editor:
    """Applies edits to a graph.

    Guards that each is carried out whole or not at all, and that the graph stays acyclic with
    known names and hints that fit: the graph itself refuses what is not so.

    Parameters
    ----------
    graph
        The workflow to edit.

    Examples
    --------
    >>> from maze_nb.sdk.workflow_graph import WorkflowGraph
    >>> graph = WorkflowGraph("sums")
    >>> task = graph.add_task(lambda a, b=1: a + b, {"a": 1}, name="add", task_id="t")
    >>> editor = Editor(graph)
    >>> _ = editor.apply({"op": "constant", "target": "t", "input": "b", "text": "41"})
    >>> task.inputs, editor.state()["undo"]
    ({'a': 1, 'b': 41}, "set 'b' of 'add' to 41")
    """

    def __init__(self, graph: WorkflowGraph) -> None:
        self._graph = graph
        self._history = History(graph)
        self._lock = RLock()

    @property
    def locked(self) -> str:
        """Why nothing can be edited now; empty if it can."""
        return ""

    @property
    def run(self) -> Run | None:
        """The run that a view is to show in place of the graph, if there is one."""
        return None

    def graph(self) -> dict[str, Any]:
        """Return the graph as plain data."""
        return self._graph.as_dict()

    def state(self) -> EditState:
        """Return what a view has to know beside the graph."""
        orders = self._graph.order_edges().items()
        return {
            "locked": self.locked,
            "undo": self._history.undo_label,
            "redo": self._history.redo_label,
            "ports": ports_of(self._graph),
            "orders": [[source.task_id, target] for target, before in orders for source in before],
        }

    def apply(self, edit: Edit) -> dict[str, Any]:
        """Carry out an edit, or several as one, or undo or redo one; return the new graph.

        Parameters
        ----------
        edit
            Plain data with ``op``: ``connect`` (with ``source``, ``output``, ``target``,
            ``input``), ``disconnect`` (``target``, ``input``), ``constant`` (``target``,
            ``input``, ``text``), ``order``, ``unorder`` and ``cut`` (``source``, ``target``),
            ``remove`` (``task``), ``resources`` and ``options`` (``task``, ``values``),
            ``together`` (``edits``), ``undo`` or ``redo``.

        Raises
        ------
        WorkflowError
            If it is refused, with the reason. The graph is then as it was.
        """
        with self._lock:
            if self.locked:
                raise WorkflowError(self.locked)
            match name_of(edit):
                case "undo":
                    self._history.undo()
                case "redo":
                    self._history.redo()
                case _:
                    self._carry_out(_single(edit))
            return self.graph()

    def answer(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a view asked for, or carry out its edit.

        Parameters
        ----------
        asked
            An edit; or ``op`` is ``targets`` (with ``source``, ``output``): to which inputs an
            output can go, or ``sources`` (``target``): which outputs each input can take.

        Raises
        ------
        WorkflowError
            If it is refused.
        """
        match name_of(asked):
            case "targets":
                source = task_of(self._graph, asked, "source")
                return {"targets": targets_of(self._graph, source, text_of(asked, "output"))}
            case "sources":
                target = task_of(self._graph, asked, "target")
                return {"sources": sources_of(self._graph, target)}
            case _:
                self.apply(asked)
                return {}

    def watch(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call back after each change of the graph, whoever makes it; return how to end that."""
        self._graph.watchers.append(listener)

        def end() -> None:
            if listener in self._graph.watchers:
                self._graph.watchers.remove(listener)

        return end

    def _carry_out(self, edits: list[Edit]) -> None:
        before = self._graph.standings()
        try:
            labels = [carry_out(self._graph, edit) for edit in edits]
        except BaseException:
            self._graph.stand([*before.values()])
            raise
        more = f" and {len(labels) - 1} more" if len(labels) > 1 else ""
        self._history.note(f"{labels[0]}{more}", before)


def _single(edit: Edit) -> list[Edit]:
    """Return the edits that are to be carried out as one."""
    if name_of(edit) != "together":
        return [edit]
    edits = edit.get("edits")
    if not isinstance(edits, list) or not 0 < len(edits) <= MOST_TOGETHER:
        raise WorkflowError(f"the edit 'together' takes a list of 1 to {MOST_TOGETHER} 'edits'")
    return edits
