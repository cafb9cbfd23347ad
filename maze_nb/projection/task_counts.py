"""How many tasks of a run are in each state, told by its messages one by one."""

from __future__ import annotations

from collections import Counter

from maze_nb.model.message_types import STATE_AFTER_MESSAGE
from maze_nb.model.states import TaskState, counts_beside_items
from maze_nb.model.task_spec import item_id
from maze_nb.projection.message import (
    Message,
    data_of,
    listed,
    mapping_of,
    text_of,
    type_of,
    whole_of,
)


class TaskCounts:
    """Counts tasks by state, with the items of maps in place of these."""

    def __init__(self) -> None:
        self._states: dict[str, TaskState] = {}
        self._told: Counter[str] = Counter()
        self._items: dict[str, Counter[str]] = {}

    def fold(self, message: Message) -> None:
        """Take in the next message."""
        kind, data = type_of(message), data_of(message)
        if kind == "start_workflow":
            for task in listed(mapping_of(data.get("graph")).get("tasks")):
                self._note(str(mapping_of(task).get("id")), TaskState.WAITING)
        elif kind == "resume_workflow":
            for going_on in [each for each, state in self._states.items() if not state.is_final]:
                self._note(going_on, TaskState.WAITING)
        task_id = text_of(data.get("task_id"))
        if task_id is None:
            return
        if kind == "task_expanded":
            self._items.setdefault(task_id, Counter())
            for index in range(whole_of(data.get("count")) or 0):
                if item_id(task_id, index) not in self._states:
                    self._note(item_id(task_id, index), TaskState.WAITING)
        state = STATE_AFTER_MESSAGE.get(kind)
        if state is not None:
            self._note(task_id, state)

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state."""
        told = Counter(self._told)
        for map_id, items in self._items.items():
            state = self._states.get(map_id)
            if items and state is not None and not counts_beside_items(state, items):
                told[state.value] -= 1
        return {state: number for state, number in told.items() if number}

    def _note(self, task_id: str, state: TaskState) -> None:
        before, self._states[task_id] = self._states.get(task_id), state
        items = self._items.get(task_id.rpartition(".")[0])
        for counts in (self._told, *(() if items is None else (items,))):
            if before is not None:
                counts[before.value] -= 1
            counts[state.value] += 1
