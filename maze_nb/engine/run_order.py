"""In which order the tasks of one run should go: by priority, deadline and critical path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maze_nb.engine.demand import demand_of
from maze_nb.engine.durations import Durations
from maze_nb.engine.events import Order
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.task_spec import TaskSpec

CRITICAL_SHARE = 0.1
"""A task is critical if the work that hangs on it takes this part of what the run still needs."""
_LEARN_AFTER = 16
_LEARN_SHARE = 8
_NEVER = float("inf")


@dataclass(slots=True)
class RunOrder:
    """The order of one run's tasks; learns as their durations get known.

    The work that hangs on a task is the upward rank of HEFT (Topcuoglu et al., IEEE TPDS 2002),
    without the time to move data. It decides only where the run would wait for it: as long as
    there is much other work, Dask's own depth-first order keeps memory low.

    Parameters
    ----------
    graph
        The run's tasks.
    durations
        What is known of how long they take.
    started
        When the run began, in seconds since 1970.
    """

    graph: Graph
    durations: Durations
    started: float
    hanging: dict[TaskId, float] = field(init=False, default_factory=dict)
    latest: dict[TaskId, float] = field(init=False, default_factory=dict)
    _work: dict[TaskId, tuple[float, float]] = field(init=False, default_factory=dict)
    _left: list[float] = field(init=False, default_factory=lambda: [0.0, 0.0])
    _dependents: dict[TaskId, list[TaskId]] = field(init=False)
    _backwards: list[TaskSpec] = field(init=False)
    _unlearned: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._dependents = self.graph.dependents()
        self._backwards = _topological(self.graph, self._dependents)[::-1]
        self._work = dict.fromkeys(self._dependents, (0.0, 0.0))
        self._learn()

    def task_ended(self, task_id: TaskId) -> bool:
        """Note that a task needs no more work; return whether the order of others has changed."""
        cpu, gpu = self._work.pop(task_id, (0.0, 0.0))
        self._left[0] -= cpu
        self._left[1] -= gpu
        self._unlearned += 1
        if self._unlearned >= max(_LEARN_AFTER, len(self._backwards) // _LEARN_SHARE):
            self._learn()
            return True
        return False

    def order_of(
        self, spec: TaskSpec, position: tuple[float, ...], totals: tuple[float, float]
    ) -> Order:
        """Return where a task stands.

        Parameters
        ----------
        position
            Its place in Dask's own order.
        totals
            The cores and GPU devices of the whole cluster.
        """
        hanging = self.hanging[spec.task_id]
        needed = (
            max(left / total for left, total in zip(self._left, totals, strict=True) if total > 0)
            if any(totals)
            else 0.0
        )
        critical = hanging if hanging >= CRITICAL_SHARE * needed else 0.0
        return Order(-spec.options.priority, self.latest[spec.task_id], -critical, tuple(position))

    def _learn(self) -> None:
        """Work out anew what hangs on each task, and when it has to start."""
        self._unlearned = 0
        self._left = [0.0, 0.0]
        typical = self._typical()
        for spec in self._backwards:
            seconds = self.durations.means.get(spec.name, typical)
            following = self._dependents[spec.task_id]
            self.hanging[spec.task_id] = seconds + max(
                (self.hanging[task_id] for task_id in following), default=0.0
            )
            latest = min((self.latest[task_id] for task_id in following), default=_NEVER)
            self.latest[spec.task_id] = min(latest, self._deadline(spec)) - seconds
            if spec.task_id in self._work:
                work = _work(spec, seconds)
                self._work[spec.task_id] = work
                self._left[0] += work[0]
                self._left[1] += work[1]

    def _typical(self) -> float:
        known = self.durations.means
        names = {spec.name for spec in self._backwards} & known.keys()
        return sum(known[name] for name in names) / len(names) if names else 1.0

    def _deadline(self, spec: TaskSpec) -> float:
        deadline = spec.options.deadline
        if deadline is None:
            return _NEVER
        return deadline.seconds if deadline.is_absolute else self.started + deadline.seconds


def _work(spec: TaskSpec, seconds: float) -> tuple[float, float]:
    demand = demand_of(spec.resources)
    return (
        seconds * spec.resources.cpu,
        seconds * demand.device_count * demand.device_share / 1000,
    )


def _topological(graph: Graph, dependents: Mapping[TaskId, list[TaskId]]) -> list[TaskSpec]:
    """Return the tasks so that each comes after those it depends on. Source: Kahn, CACM 1962."""
    specs = {spec.task_id: spec for spec in graph.tasks}
    waits_for = dict.fromkeys(specs, 0)
    for edge in graph.edges:
        waits_for[edge.target] += 1
    found = [spec for spec in graph.tasks if not waits_for[spec.task_id]]
    for spec in found:
        for task_id in dependents[spec.task_id]:
            waits_for[task_id] -= 1
            if not waits_for[task_id]:
                found.append(specs[task_id])
    return found
