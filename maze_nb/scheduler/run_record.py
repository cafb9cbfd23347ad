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
from maze_nb.model.ids import SlotId, TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.model.task_spec import TaskSpec, item_of
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
    ``joined_to`` is the run that computes it, while it is held back for that. ``shown`` are the
    encoded events of what its present attempt has shown, if anything; ``is_muted`` whether that is
    no more than was told, as its run has shown too much. ``is_handed`` is whether Dask has got it.
    ``placement`` counts how often it was sent to a worker, which may have been taken back before it
    began; ``is_counted`` is whether the number of its present attempt was used up.
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
    joined_to: str = ""
    shown: list[bytes] | None = None
    is_muted: bool = False
    is_handed: bool = False
    placement: int = 0
    is_counted: bool = True

    @property
    def asks(self) -> Demand:
        """What its next attempt asks for: loading outputs takes less than computing them."""
        return self.demand if self.cut is None else demand_of_load(self.demand)

    @property
    def next_attempt(self) -> int:
        """The number of the attempt that comes next, or that is placed and has not begun."""
        return self.attempt + 1 if self.is_counted else self.attempt

    def place(self, slot_id: SlotId, gpu_ids: tuple[int, ...]) -> None:
        """Begin another attempt, unless the one before never began, or outputs are loaded only."""
        self.placement = max(self.placement, self.attempt) + 1
        if self.is_counted and self.cut is None:
            self.attempt += 1
            self.is_counted = False
        self.slot_id = slot_id
        self.gpu_ids = gpu_ids
        self.is_start_told = False
        self.shown = None
        self.is_muted = False
        self.failure = None
        self.retry_in = None


@dataclass(slots=True)
class RunRecord:
    """One run: its tasks, how far it is, and a signal for those who wait for news.

    ``events`` are its encoded events, of which the first ``written`` are on disk. ``held`` are the
    tasks whose outputs stay in the cluster's memory after its end. ``shown`` are the bytes of what
    its tasks have shown. ``lists`` has the digests of the outputs that maps go over, by map and
    input, ``digests`` those of the lists that they make, and ``expanded`` when they got their
    items; ``growing`` is what of the run Dask has not got yet, if it has maps. ``conditional`` are
    the tasks whose conditions each task makes; ``generation`` is what Dask ranks all its tasks by
    before their places in its own order. ``away`` are the seconds in which nobody worked on it.
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
    shown: int = 0
    lists: dict[TaskId, dict[str, str]] = field(default_factory=dict)
    digests: dict[TaskId, dict[tuple[str, str], str]] = field(default_factory=dict)
    expanded: dict[TaskId, float] = field(default_factory=dict)
    growing: Any = None
    conditional: dict[TaskId, list[TaskId]] = field(default_factory=dict)
    generation: float | None = None
    away: float = 0.0

    def __post_init__(self) -> None:
        graph = self.submission.graph
        self.progress = RunProgress(graph, fail_fast=self.submission.fail_fast)
        self.order = RunOrder(graph, self.durations, self.started)
        self.tasks = {spec.task_id: self._record(spec) for spec in graph.tasks}
        for spec in graph.tasks:
            if spec.when is not None:
                self.conditional.setdefault(spec.when.task_id, []).append(spec.task_id)

    def expand(self, map_id: TaskId, count: int) -> list[TaskRecord]:
        """Add the tasks of the items of a map; return them in order."""
        self.progress.expand(map_id, count)
        return self._add_items(map_id, count)

    def adopt(self, progress: RunProgress) -> None:
        """Take over how far the run was, with the items that its maps had by then."""
        self.progress = progress
        for map_id, items in progress.items.items():
            self._add_items(map_id, len(items))

    def items_of(self, map_id: TaskId) -> list[TaskRecord]:
        """Return the tasks of the items of a map, as far as there are any."""
        return [self.tasks[task_id] for task_id in self.progress.items.get(map_id, ())]

    def _add_items(self, map_id: TaskId, count: int) -> list[TaskRecord]:
        self.order.expand(map_id, count)
        spec = self.tasks[map_id].spec
        found = [self._record(item_of(spec, index)) for index in range(count)]
        self.tasks.update((task.spec.task_id, task) for task in found)
        return found

    def _record(self, spec: TaskSpec) -> TaskRecord:
        key = task_key(spec.name, self.run_id, spec.task_id)
        return TaskRecord(key, spec, self, demand_of_task(spec))

    @property
    def run_id(self) -> str:
        """The id of this run."""
        return self.submission.run_id

    def counts(self) -> dict[str, int]:
        """Return how many tasks are in each state, with the items of maps in place of these."""
        return self.progress.told_counts()

    @property
    def is_written(self) -> bool:
        """Whether all of its events are on disk."""
        return self.written == len(self.events)

    @property
    def holder(self) -> str:
        """The name under which this run's keys are held in Dask's memory."""
        return HOLDER_PREFIX + self.run_id
