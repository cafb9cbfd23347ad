"""Our policy: the engine itself, driven by virtual time."""

from __future__ import annotations

from collections import deque

from maze_nb.engine.demand import Demand, demand_of_task
from maze_nb.engine.events import (
    Fate,
    Instruction,
    Order,
    PlaceTask,
    RecallTask,
    RejectTask,
    SlotJoined,
    TaskEnded,
    TaskReady,
    TasksReordered,
)
from maze_nb.engine.placement import Placement
from maze_nb.engine.run_order import RunOrder
from maze_nb.model.graph import Edge, Graph
from maze_nb.model.ids import NodeId, SlotId, TaskId, WorkflowId
from maze_nb.model.node import Slot
from maze_nb.model.task_spec import TaskSpec
from simulation.clock import Start, Where
from simulation.machines import Machine
from simulation.workload import Job, Workload

REVIEW_SECONDS = 0.25
"""The scheduler reviews so often; here less often the longer nothing has happened."""


class RefusedError(RuntimeError):
    """The engine refused a job for good."""


class _Worker:
    """One worker process: a thread each for so many jobs, the others wait in line."""

    def __init__(self, threads: int) -> None:
        self.free = threads
        self.line: deque[Start] = deque()

    def pull(self) -> list[Start]:
        found = []
        while self.free and self.line:
            self.free -= 1
            found.append(self.line.popleft())
        return found


class LateBinding:
    """The engine, with workers that do as Dask's do."""

    name = "maze"

    def __init__(self, engine: Placement | None = None) -> None:
        self.engine = engine or Placement()

    def set_up(self, load: Workload, fleet: list[Machine], where: Where) -> None:
        """Tell the engine of the machines and of the run."""
        self._load, self._where = load, where
        self._specs = [
            TaskSpec(TaskId(f"t{job.index}"), job.group, resources=job.resources)
            for job in load.jobs
        ]
        self._demands: list[Demand] = [demand_of_task(spec) for spec in self._specs]
        self._order = RunOrder(_graph(load, self._specs), self.engine.durations, 0.0)
        self._totals = (
            sum(machine.capacity.cpu for machine in fleet),
            float(sum(len(machine.capacity.devices) for machine in fleet)),
        )
        self._slots = [SlotId(machine.name) for machine in fleet]
        self._machine_of = {slot: index for index, slot in enumerate(self._slots)}
        self._workers = [_Worker(machine.threads) for machine in fleet]
        self._begun: list[Start] = []
        self._in_line: dict[int, Start] = {}
        self._reviewed, self._gap = 0.0, REVIEW_SECONDS
        for slot, machine in zip(self._slots, fleet, strict=True):
            joined = Slot(slot, NodeId(machine.name), machine.threads, machine.capacity)
            self.engine.handle(SlotJoined(joined), 0.0)

    def ready(self, job: Job, now: float) -> None:
        """Tell the engine."""
        order = self._order_of(job.index)
        held = {self._slots[m]: size for m, size in self._where.bytes_on(job).items()}
        event = TaskReady(job.index, self._demands[job.index], order, job.group, held)
        self.engine.handle(event, now)

    def ended(self, job: Job, machine: int, now: float) -> None:
        """Tell the engine, and let the worker take the next job in its line."""
        self._gap = REVIEW_SECONDS
        self.engine.handle(TaskEnded(job.index, job.seconds, Fate.DONE), now)
        if self._order.task_ended(self._specs[job.index].task_id):
            waiting = self.engine.queue.waiting
            orders = {index: self._order_of(index) for index in waiting}
            self.engine.handle(TasksReordered(orders), now)
        worker = self._workers[machine]
        if not self._demands[job.index].is_detached:
            worker.free += 1
        self._pull(worker)

    def starts(self, now: float) -> list[Start]:
        """Return what the workers begin once the engine has decided."""
        self._carry_out(self.engine.decide(now), now)
        begun, self._begun = self._begun, []
        return begun

    def wake(self, now: float) -> float | None:
        """Return when to review, for as long as something waits."""
        waits = self.engine.queue.waiting or self._in_line
        return max(self._reviewed + self._gap, now) if waits else None

    def look(self, now: float) -> None:
        """Have the engine review."""
        self._reviewed = now
        self._gap *= 2
        self._carry_out(self.engine.review(now), now)

    def _carry_out(self, instructions: list[Instruction], now: float) -> None:
        for instruction in instructions:
            match instruction:
                case PlaceTask(key=int(index), slot_id=slot_id, gpu_ids=gpu_ids):
                    machine = self._machine_of[slot_id]
                    self._place(Start(index, machine, gpu_ids))
                case RecallTask(key=int(index)):
                    self._recall(index, now)
                case RejectTask(key=index, reason=reason):
                    raise RefusedError(f"job {index!r} of {self._load.name}: {reason}")

    def _order_of(self, index: int) -> Order:
        position = (0.0, 1.0, float(self._load.dask_order[index]))
        return self._order.order_of(self._specs[index], position, self._totals)

    def _place(self, start: Start) -> None:
        if self._demands[start.index].is_detached:
            self._begun.append(start)
            return
        worker = self._workers[start.machine]
        worker.line.append(start)
        self._in_line[start.index] = start
        self._pull(worker)

    def _pull(self, worker: _Worker) -> None:
        for start in worker.pull():
            del self._in_line[start.index]
            self._begun.append(start)

    def _recall(self, index: int, now: float) -> None:
        start = self._in_line.pop(index)
        self._workers[start.machine].line.remove(start)
        self.engine.handle(TaskEnded(index), now)
        self.ready(self._load.jobs[index], now)


def _graph(load: Workload, specs: list[TaskSpec]) -> Graph:
    edges = tuple(
        Edge(specs[parent].task_id, specs[job.index].task_id)
        for job in load.jobs
        for parent in job.parents
    )
    return Graph(WorkflowId("simulated"), load.name, tuple(specs), edges)
