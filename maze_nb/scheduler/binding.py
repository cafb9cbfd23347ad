"""Instructions of the engine as calls to Dask's scheduler.

A task that Maze has not placed carries a *gate*: a Dask resource that no worker has. So Dask puts
it into its own ``no-worker`` state once it is ready, and Maze opens the gate towards one worker.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from distributed.protocol import pickle as dask_pickle
from distributed.scheduler import Scheduler, TaskState

from maze_nb.model.ids import SlotId
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.wire.keys import DaskKey

GATE = {"MAZE-GATE": 1}
_ANNOTATION = "maze"


class Binding:
    """Opens and shuts gates."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def shut(self, key: DaskKey) -> None:
        """Hold a task back from every worker."""
        state = self._scheduler.tasks.get(key)
        if state is not None:
            state.resource_restrictions = dict(GATE)
            state.worker_restrictions = None

    def rank_alike(self, keys: Iterable[Any], generation: float | None) -> float | None:
        """Let what Dask got later go among what it got before of the same run.

        Dask puts each graph behind those before it, as if another had asked for it.

        Parameters
        ----------
        generation
            What the graph that came first is ranked by; None if this is the first.

        Returns
        -------
        float or None
            The same for the next.
        """
        for key in keys:
            state = self._scheduler.tasks.get(key)
            if state is None or not state.priority:
                continue
            user, own, rank = state.priority
            if generation is None:
                generation = own
            elif own != generation:
                state.priority = (user, generation, rank)
        return generation

    def place(self, tasks: Iterable[tuple[TaskRecord, dict[str, float]]]) -> list[TaskRecord]:
        """Send tasks to the slots in their records; return those that Dask did not send.

        Parameters
        ----------
        tasks
            Each with what it uses of the resources that its worker declared to Dask.
        """
        wanted: list[TaskRecord] = []
        moves: dict[DaskKey, str] = {}
        for task, used in tasks:
            wanted.append(task)
            state = self._scheduler.tasks.get(task.key)
            if state is None or state.state != "no-worker":
                continue
            self._open(state, task, used)
            moves[task.key] = "processing"
        if moves:
            self._move(moves, "maze-place")
        refused = [task for task in wanted if not self._is_processing(task)]
        for task in refused:
            self.shut(task.key)
        return refused

    def recall(self, keys: Iterable[DaskKey]) -> None:
        """Take back placed tasks, so that they become ready again."""
        moves = {key: "released" for key in keys if key in self._scheduler.tasks}
        if moves:
            self._move(moves, "maze-recall")

    def reject(self, task: TaskRecord, error: Exception) -> bool:
        """Fail a task that waits for a place; False if it does not, but for what it reads."""
        state = self._scheduler.tasks.get(task.key)
        if state is None or state.state != "no-worker":
            return False
        moves = self._scheduler.transition(
            task.key,
            "erred",
            exception=dask_pickle.dumps(error),
            cause=task.key,
            stimulus_id="maze-reject",
        )
        self._scheduler.transitions(moves, stimulus_id="maze-reject")
        return True

    def holders(self, key: DaskKey) -> dict[SlotId, int]:
        """Return the bytes of a task's inputs on each worker that has some."""
        held: dict[SlotId, int] = {}
        for dependency in self._scheduler.tasks[key].dependencies:
            for worker in dependency.who_has or ():
                address = SlotId(worker.address)
                held[address] = held.get(address, 0) + dependency.get_nbytes()
        return held

    def release(self, keys: Iterable[DaskKey], holder: str) -> None:
        """Let Dask drop these keys as far as `holder` is concerned."""
        if holder in self._scheduler.clients:
            self._scheduler.client_releases_keys(
                [key for key in keys if key in self._scheduler.tasks], holder
            )

    def drop(self, keys: Iterable[DaskKey]) -> None:
        """Have Dask drop what it holds under these keys; they stay behind their gates."""
        tasks = self._scheduler.tasks
        moves = {key: "released" for key in keys if key in tasks and tasks[key].state == "memory"}
        for key in moves:
            self.shut(key)
        if moves:
            self._move(moves, "maze-drop")

    def tell_worker(self, worker: str, message: dict[str, Any]) -> None:
        """Send a message on a worker's stream, after all that was sent before."""
        if worker in self._scheduler.stream_comms:
            self._scheduler.worker_send(worker, message)

    def _move(self, moves: dict[DaskKey, str], stimulus_id: str) -> None:
        # Dask takes transitions from the end.
        backwards = cast("Any", dict(reversed(moves.items())))
        self._scheduler.transitions(backwards, stimulus_id=stimulus_id)

    def _open(self, state: TaskState, task: TaskRecord, used: dict[str, float]) -> None:
        state.worker_restrictions = {task.slot_id or ""}
        state.resource_restrictions = used
        # Dask would fail at once all that waits for what cannot be loaded.
        state.retries = 0 if task.cut is None else 1
        attempt = max(task.attempt, 1)
        placed = {"gpu_ids": task.gpu_ids, "attempt": attempt, "placement": task.placement}
        state.annotations = {**(state.annotations or {}), _ANNOTATION: placed}

    def _is_processing(self, task: TaskRecord) -> bool:
        state = self._scheduler.tasks.get(task.key)
        return (
            state is not None
            and state.processing_on is not None
            and state.processing_on.address == task.slot_id
        )
