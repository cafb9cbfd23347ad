"""Nodes of Dask's graph whose outputs are loaded rather than computed.

Such a node is cut off from what it depends on, so that Dask need not have that in memory. If the
outputs turn out to be gone, it is mended: what it was and what it depended on are put back, and
Dask makes it as it would have.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Any

from dask._task_spec import Task
from distributed.scheduler import Scheduler, TaskState

from maze_nb.scheduler.run_record import Cut, TaskRecord
from maze_nb.wire.task_call import encode_outputs

_IDLE = ("released", "waiting", "no-worker")


class Lineage:
    """Cuts and mends nodes.

    Parameters
    ----------
    tasks
        The keys of all tasks of runs; other nodes are but parts of those.
    load
        What workers call to load outputs, with a task's header and its encoded outputs.

    Attributes
    ----------
    wake
        Called with each cut, so that `settle` follows: Dask draws no conclusions by itself.
    """

    def __init__(
        self, scheduler: Scheduler, tasks: Container[Any], load: Callable[..., Any]
    ) -> None:
        self._load = load
        self._scheduler = scheduler
        self._tasks = tasks
        self._touched: dict[Any, None] = {}
        self.wake: Callable[[], None] = _nobody_settles

    def cut(self, task: TaskRecord) -> bool:
        """Have a task's outputs loaded when it is next placed; False if that cannot be now."""
        state = self._scheduler.tasks.get(task.key)
        if state is None or state.state not in _IDLE:
            return False
        if task.cut is not None:
            return True
        node: Any = state.run_spec
        before = tuple(state.dependencies)
        parts = {each.key: each.run_spec for each in before if each.key not in self._tasks}
        task.cut = Cut(node, tuple(each.key for each in before), parts)
        for dependency in before:
            dependency.dependents.discard(state)
            if dependency.waiters:
                dependency.waiters.discard(state)
            self._touched[dependency.key] = None
        state.dependencies.clear()
        if state.waiting_on:
            state.waiting_on.clear()
        infos = encode_outputs(task.outputs)
        state.run_spec = Task(task.key, self._load, node.args[0], infos)
        self._touched[task.key] = None
        self.wake()
        return True

    def mend(self, task: TaskRecord) -> None:
        """Undo `cut`, while Dask holds the task as released."""
        cut, task.cut = task.cut, None
        state = self._scheduler.tasks.get(task.key)
        if cut is None or state is None:
            return
        state.run_spec = cut.node
        for key in cut.dependencies:
            state.add_dependency(self._revived(key, cut, state))

    def settle(self) -> None:
        """Have Dask draw the conclusions from what was cut since the last time."""
        touched, self._touched = self._touched, {}
        if not touched:
            return
        tasks = self._scheduler.tasks
        moves: dict[Any, Any] = {}
        for key in touched:
            state = tasks.get(key)
            if state is None:
                continue
            if key in self._tasks:
                if state.state == "waiting" and not state.waiting_on:
                    moves[key] = "processing"
                elif _is_wanted(state) and state.state == "released" and not state.dependencies:
                    # What kept it there was something that it does not depend on any more.
                    moves[key] = "waiting"
            elif not _is_wanted(state) and state.state != "released":
                moves[key] = "released"
        if moves:
            self._scheduler.transitions(moves, stimulus_id="maze-cut")
        unused: dict[Any, Any] = {
            key: "forgotten" for key in touched if self._is_unused(tasks.get(key))
        }
        if unused:
            self._scheduler.transitions(unused, stimulus_id="maze-cut")

    def _is_unused(self, state: TaskState | None) -> bool:
        return (
            state is not None
            and state.key not in self._tasks
            and state.state == "released"
            and not (state.dependents or state.who_wants or state.waiters)
        )

    def _revived(self, key: Any, cut: Cut, reader: TaskState) -> TaskState:
        found = self._scheduler.tasks.get(key)
        if found is not None:
            return found
        node = cut.nodes[key]
        found = self._scheduler.new_task(key, node, "released")
        found.priority = reader.priority
        for dependency in node.dependencies:
            found.add_dependency(self._scheduler.tasks[dependency])
        return found


def _is_wanted(state: TaskState) -> bool:
    return bool(state.who_wants or state.waiters)


def _nobody_settles() -> None:
    """Let a cut pass."""
