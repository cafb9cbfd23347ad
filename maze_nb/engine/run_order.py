"""In which order the tasks of one run should go: by priority, deadline and critical path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log
from statistics import median

from maze_nb.engine.demand import WHOLE, demand_of
from maze_nb.engine.durations import Durations
from maze_nb.engine.events import Order
from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.task_spec import TaskSpec

URGENT_SHARE = 0.25
"""A task is urgent if the work that hangs on it takes this part of what the run still needs."""
DEVICES_FIRST = 1.5
"""Devices count as scarce unless cores are needed so many times as long."""
STEP = 1.5
"""Work that hangs on tasks differs if it is so many times as much: it is but estimated."""
NEWS = 1.1
"""A duration is news if it is so many times as long, or as short, as was thought."""
_LEARN_AFTER = 16
_LEARN_SHARE = 8
_LEARN_AT_ONCE = 16
"""So many new kinds of tasks are learned of at once, each at the cost of a look at all tasks."""
_NEVER = float("inf")


@dataclass(slots=True)
class RunOrder:
    """The order of one run's tasks; learns as their durations get known.

    The work that hangs on a task is the upward rank of HEFT (Topcuoglu et al., IEEE TPDS 2002),
    without the time to move data. Where it is about the same, Dask's own depth-first order decides,
    which keeps memory low. While devices are scarce, what leads to them soonest goes first, as in
    a line of two machines of which the second is the slow one (Johnson, 1954).

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
    until_device: dict[TaskId, float] = field(init=False, default_factory=dict)
    _work: dict[TaskId, tuple[float, float]] = field(init=False, default_factory=dict)
    _left: list[float] = field(init=False, default_factory=lambda: [0.0, 0.0])
    _items: dict[TaskId, int] = field(init=False, default_factory=dict)
    _count: int = field(init=False)
    _dependents: dict[TaskId, list[TaskId]] = field(init=False)
    _backwards: list[TaskSpec] = field(init=False)
    _names: dict[TaskId, str] = field(init=False)
    _asked: dict[TaskId, tuple[float, float]] = field(init=False)
    _kinds: frozenset[str] = field(init=False)
    _is_settled: bool = field(init=False, default=False)
    _used: dict[str, float] = field(init=False, default_factory=dict)
    _unlearned: int = field(init=False, default=0)
    _learned_at_once: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._dependents = self.graph.dependents()
        self._backwards = _topological(self.graph, self._dependents)[::-1]
        self._count = len(self._backwards)
        self._names = {spec.task_id: spec.family for spec in self._backwards}
        self._asked = {spec.task_id: _asked(spec) for spec in self._backwards}
        self._work = dict.fromkeys(self._dependents, (0.0, 0.0))
        self._kinds = frozenset(self._names.values())
        # With one kind of task, how long it takes changes nothing but when to meet a deadline.
        self._is_settled = len(self._kinds) <= 1 and all(
            spec.options.deadline is None for spec in self._backwards
        )
        self._learn()

    def expand(self, map_id: TaskId, count: int) -> None:
        """Note that a task maps over so many items, which stand where it stood."""
        cpu, gpu = self._work.get(map_id, (0.0, 0.0))
        self._items[map_id] = count
        self._count += count
        self._left[0] += cpu * (count - 1)
        self._left[1] += gpu * (count - 1)

    def task_ended(self, task_id: TaskId) -> bool:
        """Note that a task needs no more work; return whether the order of others has changed."""
        place = self._place_of(task_id)
        if place in self._items:
            cpu, gpu = self._end_item(place, task_id)
            task_id = place
        else:
            cpu, gpu = self._work.pop(task_id, (0.0, 0.0))
        self._left[0] -= cpu
        self._left[1] -= gpu
        self._unlearned += 1
        if self._is_settled:
            return False
        is_new = self._names[task_id] not in self._used
        if is_new and self._learned_at_once < _LEARN_AT_ONCE:
            self._learned_at_once += 1
        elif self._unlearned < max(_LEARN_AFTER, self._count // _LEARN_SHARE):
            return False
        self._unlearned = 0
        if self._has_news():
            self._learn()
        return True

    def order_of(
        self, spec: TaskSpec, position: tuple[float, ...], totals: tuple[float, float]
    ) -> Order:
        """Return where a task stands.

        Its ``critical`` is, lowest first: the negated seconds of work that hang on it, rounded
        down to a power of `STEP`; or, while devices are scarce and it is not urgent, the seconds
        of work that have to be done before a device is asked for.

        Parameters
        ----------
        position
            Its place in Dask's own order.
        totals
            The cores and GPU devices of the whole cluster.
        """
        place = self._place_of(spec.task_id)
        hanging = self.hanging[place]
        cores, devices = (
            left / total if total > 0 else 0.0
            for left, total in zip(self._left, totals, strict=True)
        )
        is_urgent = hanging >= URGENT_SHARE * max(cores, devices)
        if devices * DEVICES_FIRST > cores and not is_urgent:
            critical = self.until_device[place]
        else:
            critical = -_rounded(hanging)
        return Order(
            -spec.options.priority,
            self.latest[place],
            critical,
            tuple(position),
            is_urgent,
        )

    def _place_of(self, task_id: TaskId) -> TaskId:
        """Return under what a task is known here: items under the task that maps."""
        map_id = TaskId(task_id.rpartition(".")[0])
        return map_id if map_id in self._items else task_id

    def _end_item(self, map_id: TaskId, task_id: TaskId) -> tuple[float, float]:
        """Take one item off a task that maps; return what work this was."""
        if task_id == map_id or not self._items[map_id]:
            return (0.0, 0.0)
        self._items[map_id] -= 1
        return self._work.get(map_id, (0.0, 0.0))

    def _learn(self) -> None:
        """Work out anew what hangs on each task, and when it has to start."""
        means = self.durations.means
        self._left = [0.0, 0.0]
        self._used = {name: means[name] for name in self._kinds if name in means}
        # The median: one very long kind must not make all that is unknown look long.
        typical = median(self._used.values()) if self._used else 1.0
        for spec in self._backwards:
            seconds = self._used.get(spec.family, typical)
            following = self._dependents[spec.task_id]
            self.hanging[spec.task_id] = seconds + max(
                (self.hanging[task_id] for task_id in following), default=0.0
            )
            self.until_device[spec.task_id] = (
                0.0
                if spec.resources.gpu
                else seconds + min((self.until_device[n] for n in following), default=_NEVER)
            )
            latest = min((self.latest[task_id] for task_id in following), default=_NEVER)
            self.latest[spec.task_id] = min(latest, self._deadline(spec)) - seconds
            if spec.task_id in self._work:
                cores, devices = self._asked[spec.task_id]
                work = (seconds * cores, seconds * devices)
                self._work[spec.task_id] = work
                items = self._items.get(spec.task_id, 1)
                self._left[0] += work[0] * items
                self._left[1] += work[1] * items

    def _has_news(self) -> bool:
        """Whether the durations are known to be clearly other than those that were used."""
        for name in self._kinds:
            mean, used = self.durations.means.get(name), self._used.get(name)
            if mean is not None and (used is None or not used / NEWS <= mean <= used * NEWS):
                return True
        return False

    def _deadline(self, spec: TaskSpec) -> float:
        deadline = spec.options.deadline
        if deadline is None:
            return _NEVER
        return deadline.seconds if deadline.is_absolute else self.started + deadline.seconds


def _rounded(seconds: float) -> float:
    return STEP ** floor(log(seconds, STEP)) if seconds > 0 else 0.0


def _asked(spec: TaskSpec) -> tuple[float, float]:
    """Return how many cores and devices a task takes."""
    demand = demand_of(spec.resources)
    return (spec.resources.cpu, demand.device_count * demand.device_share / WHOLE)


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
