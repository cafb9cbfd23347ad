"""Tasks that were given up while they run: they hold their places until their code has ended."""

from __future__ import annotations

from collections.abc import Iterable

from maze_nb.engine.events import TaskEnded, TaskWithdrawn
from maze_nb.model.ids import SlotId
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.wire.keys import DaskKey


class Stopping:
    """Has workers stop the code of tasks, and knows which have not said yet that it has ended."""

    def __init__(self, dispatch: Dispatch) -> None:
        self._dispatch = dispatch
        self._asked: dict[DaskKey, SlotId] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._asked

    def begin(self, run: RunRecord, tasks: list[TaskRecord]) -> None:
        """Give tasks up: Dask drops them, and workers are asked to stop those that run."""
        asked: dict[SlotId, list[DaskKey]] = {}
        for task in tasks:
            self._dispatch.tell(TaskWithdrawn(task.key))
            slot_id = self._dispatch.engine.fleet.place_of.get(task.key)
            if slot_id is not None:
                self._asked[task.key] = slot_id
                asked.setdefault(slot_id, []).append(task.key)
        if not tasks:
            return
        self._dispatch.release(run.holder, [task.key for task in tasks])
        for slot_id, keys in asked.items():
            self._dispatch.tell_worker(slot_id, {"op": "maze-stop", "keys": keys})

    def stopped(self, keys: Iterable[DaskKey]) -> None:
        """Note that the code of tasks has ended; their places are free."""
        for key in keys:
            if self._asked.pop(key, None) is not None:
                self._dispatch.tell(TaskEnded(key))

    def worker_left(self, worker: str) -> None:
        """Note that nothing runs any more on a worker that is gone."""
        for key, slot_id in list(self._asked.items()):
            if slot_id == worker:
                del self._asked[key]

    def over(self, key: DaskKey) -> None:
        """Note that a task has ended by itself."""
        self._asked.pop(key, None)
