"""Virtual time: carries one workload through on one fleet by one policy."""

from __future__ import annotations

import heapq
import time
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from maze_nb.engine.demand import demand_of
from simulation.ledger import Room, Totals, in_totals
from simulation.machines import Machine
from simulation.workload import Job, Workload


class Start(NamedTuple):
    """A job starts on a machine; ``gpu_ids`` is None for a policy that does not choose devices."""

    index: int
    machine: int
    gpu_ids: tuple[int, ...] | None


class Execution(NamedTuple):
    """When and where a job ran."""

    index: int
    machine: int
    start: float
    end: float
    gpu_ids: tuple[int, ...] | None


class Where:
    """On which machines each job's output is; counts what was moved."""

    def __init__(self, load: Workload) -> None:
        self.holders: list[list[int]] = [[] for _ in load.jobs]
        self.moved = 0
        self._load = load

    def read(self, job: Job, machine: int) -> None:
        """Bring what a job reads to its machine."""
        for parent in job.parents:
            if machine not in self.holders[parent]:
                self.moved += self._load.jobs[parent].output_bytes
                self.holders[parent].append(machine)

    def bytes_on(self, job: Job) -> dict[int, int]:
        """Return how much of a job's inputs each machine has."""
        found: dict[int, int] = {}
        for parent in job.parents:
            for machine in self.holders[parent]:
                size = self._load.jobs[parent].output_bytes
                found[machine] = found.get(machine, 0) + size
        return found


class Policy(Protocol):
    """Decides which ready job starts where and when."""

    name: str

    def set_up(self, load: Workload, fleet: list[Machine], where: Where) -> None:
        """Get ready for a workload on a fleet."""

    def ready(self, job: Job, now: float) -> None:
        """Learn that a job could start."""

    def ended(self, job: Job, machine: int, now: float) -> None:
        """Learn that a job has ended."""

    def starts(self, now: float) -> list[Start]:
        """Return what starts now."""

    def wake(self, now: float) -> float | None:
        """Return when to look again though nothing happened, if ever."""

    def look(self, now: float) -> None:
        """Do what follows from time passing."""


@dataclass
class Outcome:
    """How one policy did.

    Attributes
    ----------
    makespan
        Virtual seconds until the last job ended.
    moved
        Bytes that had to go from machine to machine.
    wall
        Real seconds the simulation took.
    executions
        When and where each job ran, in the order they ended.
    """

    policy: str
    makespan: float = 0.0
    moved: int = 0
    wall: float = 0.0
    executions: list[Execution] = field(default_factory=list)


def simulate(load: Workload, fleet: list[Machine], policy: Policy) -> Outcome:
    """Run all jobs of a workload in virtual time; data moves in no time.

    Raises
    ------
    OverCommitError
        If the policy starts a job on what is not free.
    RuntimeError
        If the policy leaves jobs waiting though nothing runs.
    """
    began = time.perf_counter()
    run = _Run(load, fleet, policy)
    outcome = run.through()
    outcome.wall = time.perf_counter() - began
    return outcome


class _Run:
    def __init__(self, load: Workload, fleet: list[Machine], policy: Policy) -> None:
        self._load = load
        self._policy = policy
        self._where = Where(load)
        self._demands = [demand_of(job.resources) for job in load.jobs]
        self._rooms = [Room(machine) for machine in fleet]
        self._totals = [Totals(machine) for machine in fleet]
        self._waits_for = [len(job.parents) for job in load.jobs]
        self._ends: list[tuple[float, int, Execution]] = []
        self._outcome = Outcome(policy.name)
        policy.set_up(load, fleet, self._where)

    def through(self) -> Outcome:
        now = 0.0
        for job in self._load.jobs:
            if not job.parents:
                self._policy.ready(job, now)
        while True:
            for start in self._policy.starts(now):
                self._start(start, now)
            wake = self._policy.wake(now)
            if wake is not None and (not self._ends or wake < self._ends[0][0]):
                now = wake
                self._policy.look(now)
            elif self._ends:
                now = self._ends[0][0]
                while self._ends and self._ends[0][0] == now:
                    self._end(heapq.heappop(self._ends)[2])
            else:
                break
        if len(self._outcome.executions) < len(self._load.jobs):
            raise RuntimeError(f"{self._policy.name} left jobs of {self._load.name} waiting")
        self._outcome.makespan = now
        self._outcome.moved = self._where.moved
        return self._outcome

    def _start(self, start: Start, now: float) -> None:
        job = self._load.jobs[start.index]
        if self._waits_for[job.index] != 0:
            raise RuntimeError(f"{self._policy.name} started job {job.index} twice or too early")
        self._waits_for[job.index] = -1
        demand = self._demands[job.index]
        if start.gpu_ids is None:
            self._totals[start.machine].add(in_totals(demand), -1)
        else:
            self._rooms[start.machine].take(demand, start.gpu_ids)
        self._where.read(job, start.machine)
        end = now + job.seconds
        execution = Execution(job.index, start.machine, now, end, start.gpu_ids)
        heapq.heappush(self._ends, (end, job.index, execution))

    def _end(self, execution: Execution) -> None:
        job = self._load.jobs[execution.index]
        demand = self._demands[job.index]
        if execution.gpu_ids is None:
            self._totals[execution.machine].add(in_totals(demand), 1)
        else:
            self._rooms[execution.machine].give_back(demand, execution.gpu_ids)
        self._outcome.executions.append(execution)
        self._where.holders[job.index].append(execution.machine)
        self._policy.ended(job, execution.machine, execution.end)
        for child in self._load.children[job.index]:
            self._waits_for[child] -= 1
            if not self._waits_for[child]:
                self._policy.ready(self._load.jobs[child], execution.end)
