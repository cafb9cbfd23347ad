"""What edits changed, to be taken back and done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.errors import WorkflowError
from maze_nb.model.ids import TaskId
from maze_nb.sdk.standing import TaskStanding
from maze_nb.sdk.workflow_graph import WorkflowGraph

KEPT = 200
"""How many edits can be taken back."""

Standings = Mapping[TaskId, TaskStanding]


@dataclass(frozen=True, slots=True)
class Change:
    """What an edit changed.

    Attributes
    ----------
    label
        What it did, in a few words.
    before, after
        The tasks that it touched, as they stood; None where they were not there.
    order
        The ids of all tasks before it, so that what it took out finds its place again.
    """

    label: str
    before: Mapping[TaskId, TaskStanding | None]
    after: Mapping[TaskId, TaskStanding | None]
    order: tuple[TaskId, ...]


class History:
    """The edits of a graph; guards that none is taken back over a change made by code."""

    def __init__(self, graph: WorkflowGraph) -> None:
        self._graph = graph
        self._done: deque[Change] = deque(maxlen=KEPT)
        self._undone: list[Change] = []

    @property
    def undo_label(self) -> str:
        """What would be taken back; empty if there is nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What would be done again; empty if there is nothing."""
        return self._undone[-1].label if self._undone else ""

    def note(self, label: str, before: Standings) -> bool:
        """Take in an edit, given how all stood before it; return whether it changed anything."""
        after = self._graph.standings()
        touched = [
            task_id
            for task_id in {**before, **after}
            if task_id not in before or not before[task_id].is_as(after.get(task_id))
        ]
        if touched:
            self._done.append(
                Change(
                    label,
                    {task_id: before.get(task_id) for task_id in touched},
                    {task_id: after.get(task_id) for task_id in touched},
                    tuple(before),
                )
            )
            self._undone.clear()
        return bool(touched)

    def undo(self) -> str:
        """Take the last edit back; return what it was.

        Raises
        ------
        WorkflowError
            If there is none, or the tasks that it touched were changed since.
        """
        if not self._done:
            raise WorkflowError("there is no edit to undo")
        change = self._done[-1]
        self._turn(change, change.after, change.before, "undone")
        self._undone.append(self._done.pop())
        return change.label

    def redo(self) -> str:
        """Do again what was taken back last; return what it was.

        Raises
        ------
        WorkflowError
            If there is nothing, or the tasks that it touched were changed since.
        """
        if not self._undone:
            raise WorkflowError("there is no edit to do again")
        change = self._undone[-1]
        self._turn(change, change.before, change.after, "done again")
        self._done.append(self._undone.pop())
        return change.label

    def _turn(
        self,
        change: Change,
        left: Mapping[TaskId, TaskStanding | None],
        wanted: Mapping[TaskId, TaskStanding | None],
        doing: str,
    ) -> None:
        now = self._graph.standings()
        for task_id, was in left.items():
            found = now.get(task_id)
            if not (found is None if was is None else was.is_as(found)):
                known = was or found
                name = known.task.name if known is not None else task_id
                raise WorkflowError(
                    f"it cannot be {doing} to {change.label}: the code has changed task {name!r} "
                    f"since"
                )
        whole = {**now, **{each: one for each, one in wanted.items() if one is not None}}
        gone = {each for each, one in wanted.items() if one is None}
        ids = dict.fromkeys([*(each for each in change.order if each in whole), *whole])
        self._graph.stand([whole[each] for each in ids if each not in gone])
