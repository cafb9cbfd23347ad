"""One run as the scheduler knows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from maze_nb.engine.demand import Demand, demand_of_load, demand_of_task
from maze_nb.engine.durations import Durations
from maze_nb.engine.retry import Attempts
from maze_nb.engine.run_order import RunOrder
from maze_nb.engine.run_progress import RunProgress
from maze_nb.model.events import OutputInfo
from maze_nb.model.ids import SlotId, TaskId
from maze_nb.model.task_spec import TaskSpec
from maze_nb.wire.keys import DaskKey, task_key
from maze_nb.wire.submission import Submission
from maze_nb.wire.task_call import FailureReport

HOLDER_PREFIX = "maze-run-"


@dataclass(frozen=True, slots=True)
class Cut:
    """What a node of Dask's graph was before its dependencies were cut off.

    ``nodes`` are those nodes among ``dependencies`` that are no tasks of the run, by key.
    """

    node: Any
    dependencies: tuple[Any, ...]
    nodes: dict[Any, Any]


@dataclass(slots=True)
class TaskRecord:
    """One task of a run: where it was placed last, and what was told of its present attempt.

    ``retry_in`` are the seconds after which it is tried again, if that was decided. ``is_wanted``
    is whether its outputs are needed in the cluster's memory. ``outputs`` is what was told of them
    when it succeeded; ``is_stored`` whether they can all be had from here without computing them.
    ``cut`` is what its node in Dask's graph was, while its outputs are loaded and not computed.
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
    is_stored: bool = False
    outputs: tuple[OutputInfo, ...] = ()
    cut: Cut | None = None
    loads_lost: int = 0

    @property
    def asks(self) -> Demand:
        """What its next attempt asks for: loading outputs takes less than computing them."""
        return self.demand if self.cut is None else demand_of_load(self.demand)

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
    """One run: its tasks, how far it is, and a signal for those who wait for news.

    ``events`` are its encoded events, of which the first ``written`` are on disk. ``held`` are the
    tasks whose outputs stay in the cluster's memory after its end.
    """

    submission: Submission
    started: float
    durations: Durations
    progress: RunProgress = field(init=False)
    order: RunOrder = field(init=False)
    tasks: dict[TaskId, TaskRecord] = field(init=False)
    finished: float | None = None
    events: list[bytes] = field(default_factory=list)
    written: int = 0
    held: list[TaskRecord] = field(default_factory=list)
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

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state."""
        return {state.value: count for state, count in self.progress.counts.items() if count}

    @property
    def is_written(self) -> bool:
        """Whether all of its events are on disk."""
        return self.written == len(self.events)

    @property
    def holder(self) -> str:
        """The name under which this run's keys are held in Dask's memory."""
        return HOLDER_PREFIX + self.run_id
