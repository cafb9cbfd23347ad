"""One run as the scheduler knows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from maze_nb.engine.demand import Demand, demand_of_task
from maze_nb.engine.durations import Durations
from maze_nb.engine.retry import Attempts
from maze_nb.engine.run_order import RunOrder
from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.ids import SlotId, TaskId
from maze_nb.model.task_spec import TaskSpec
from maze_nb.wire.keys import DaskKey, task_key
from maze_nb.wire.submission import Submission
from maze_nb.wire.task_call import FailureReport

HOLDER_PREFIX = "maze-run-"


@dataclass(slots=True)
class TaskRecord:
    """One task of a run: where it was placed last, and what was told of its present attempt.

    ``retry_in`` are the seconds after which it is tried again, if that was decided. ``is_wanted``
    is whether its outputs are needed; ``is_told`` whether its event has all of them.
    """

    key: DaskKey
    spec: TaskSpec
    run: RunRecord
    demand: Demand
    attempt: int = 0
    slot_id: SlotId | None = None
    gpu_ids: tuple[int, ...] = ()
    is_start_told: bool = False
    failure: FailureReport | None = None
    attempts: Attempts = field(default_factory=Attempts)
    retry_in: float | None = None
    not_before: float = 0.0
    is_given_up: bool = False
    is_wanted: bool = True
    is_told: bool = False

    def place(self, slot_id: SlotId, gpu_ids: tuple[int, ...]) -> None:
        """Begin another attempt."""
        self.attempt += 1
        self.slot_id = slot_id
        self.gpu_ids = gpu_ids
        self.is_start_told = False
        self.failure = None
        self.retry_in = None


@dataclass(slots=True)
class RunRecord:
    """One run: its tasks, how far it is, and a signal for those who wait for news."""

    submission: Submission
    started: float
    durations: Durations
    progress: RunProgress = field(init=False)
    order: RunOrder = field(init=False)
    tasks: dict[TaskId, TaskRecord] = field(init=False)
    finished: float | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        graph = self.submission.graph
        self.progress = RunProgress(graph, fail_fast=self.submission.fail_fast)
        self.order = RunOrder(graph, self.durations, self.started)
        self.tasks = {
            spec.task_id: TaskRecord(
                task_key(spec.name, self.run_id, spec.task_id), spec, self, demand_of_task(spec)
            )
            for spec in graph.tasks
        }

    @property
    def run_id(self) -> str:
        """The id of this run."""
        return self.submission.run_id

    @property
    def holder(self) -> str:
        """The name under which this run's keys are held in Dask's memory."""
        return HOLDER_PREFIX + self.run_id
