"""Plain Dask's rules for tasks with ``resources=``, as distributed 2026.8 has them.

A ready task is assigned at once: of the workers whose *total* supply suffices, those that hold
inputs of it if there are any, the one with the least expected backlog and transfer. There it waits
in order of priority behind the first one that does not fit. Every 100 ms idle workers steal.
Devices are only a number here: four halves of a device may be two thirds and a whole.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field

from maze_nb.engine.demand import demand_of
from simulation.clock import Start, Where
from simulation.ledger import Totals, in_totals
from simulation.machines import Machine
from simulation.workload import Job, Workload

BANDWIDTH = 100e6
"""Bytes a second, Dask's setting ``distributed.scheduler.bandwidth``."""
UNKNOWN_SECONDS = 0.5
STEAL_SECONDS = 0.1
STEAL_LATENCY = 0.1
STEAL_MOST = 256.0
"""Transfer longer than so many times the task itself: not stolen."""


@dataclass
class _Worker:
    threads: int
    supply: Totals
    free: Totals
    waiting: list[tuple[int, int]] = field(default_factory=list)
    executing: int = 0
    processing: Counter[str] = field(default_factory=Counter)
    network: float = 0.0

    def count(self) -> int:
        return self.processing.total()


class PlainDask:
    """Assignment when ready, a queue on each worker, and work stealing."""

    name = "dask"

    def set_up(self, load: Workload, fleet: list[Machine], where: Where) -> None:
        """Begin with empty machines."""
        self._load, self._where = load, where
        self._asked = [in_totals(demand_of(job.resources)) for job in load.jobs]
        self._workers = [_Worker(m.threads, Totals(m), Totals(m)) for m in fleet]
        self._threads = sum(machine.threads for machine in fleet)
        self._seconds: dict[str, float] = {}
        self._arrived: list[tuple[int, int]] = []
        self._to_move: dict[int, float] = {}
        self._changed: set[int] = set()
        self._is_unsettled = False

    def ready(self, job: Job, now: float) -> None:
        """Note a job that is to be assigned."""
        heapq.heappush(self._arrived, (self._load.dask_order[job.index], job.index))

    def ended(self, job: Job, machine: int, now: float) -> None:
        """Free what it held, and learn how long its like take."""
        worker = self._workers[machine]
        worker.free.add(self._asked[job.index], 1)
        worker.executing -= 1
        self._leave(worker, job)
        known = self._seconds.get(job.group)
        self._seconds[job.group] = job.seconds if known is None else (known + job.seconds) / 2
        self._changed.add(machine)
        self._is_unsettled = True

    def starts(self, now: float) -> list[Start]:
        """Assign what has become ready; start what fits at the front of each queue."""
        while self._arrived:
            job = self._load.jobs[heapq.heappop(self._arrived)[1]]
            self._assign(job, self._decide(job))
        found = []
        for machine in sorted(self._changed):
            found += self._ensure_computing(machine)
        self._changed.clear()
        return found

    def wake(self, now: float) -> float | None:
        """Return the next time work may be stolen."""
        if not self._is_unsettled or not any(worker.waiting for worker in self._workers):
            return None
        return now + STEAL_SECONDS - now % STEAL_SECONDS + 1e-9

    def look(self, now: float) -> None:
        """Let idle workers steal; look again if they did."""
        self._is_unsettled = self._balance()

    def _decide(self, job: Job) -> int:
        asked = self._asked[job.index]
        valid = [m for m, worker in enumerate(self._workers) if worker.supply.fits(asked)]
        if not valid:
            raise RuntimeError(f"no worker could ever take {asked}")
        held = self._where.bytes_on(job)
        candidates = [machine for machine in valid if machine in held] or valid
        return min(candidates, key=lambda machine: self._objective(job, machine, held))

    def _objective(self, job: Job, machine: int, held: dict[int, int]) -> float:
        worker = self._workers[machine]
        missing = self._input_bytes(job) - held.get(machine, 0)
        return self._occupancy(worker) / worker.threads + missing / BANDWIDTH

    def _occupancy(self, worker: _Worker) -> float:
        work = sum(self._expected(group) * count for group, count in worker.processing.items())
        return work + worker.network / BANDWIDTH

    def _expected(self, group: str) -> float:
        return self._seconds.get(group, UNKNOWN_SECONDS)

    def _input_bytes(self, job: Job) -> int:
        return sum(self._load.jobs[parent].output_bytes for parent in job.parents)

    def _assign(self, job: Job, machine: int) -> None:
        worker = self._workers[machine]
        heapq.heappush(worker.waiting, (self._load.dask_order[job.index], job.index))
        worker.processing[job.group] += 1
        missing = self._input_bytes(job) - self._where.bytes_on(job).get(machine, 0)
        self._to_move[job.index] = missing
        worker.network += missing
        self._changed.add(machine)
        self._is_unsettled = True

    def _leave(self, worker: _Worker, job: Job) -> None:
        worker.processing[job.group] -= 1
        if not worker.processing[job.group]:
            del worker.processing[job.group]
        worker.network -= self._to_move.pop(job.index)

    def _ensure_computing(self, machine: int) -> list[Start]:
        worker = self._workers[machine]
        found = []
        while worker.executing < worker.threads and worker.waiting:
            index = worker.waiting[0][1]
            if not worker.free.fits(self._asked[index]):
                break
            heapq.heappop(worker.waiting)
            worker.free.add(self._asked[index], -1)
            worker.executing += 1
            found.append(Start(index, machine, None))
        return found

    def _balance(self) -> bool:
        occupancies = [self._occupancy(worker) for worker in self._workers]
        mean = sum(occupancies) / self._threads
        thieves = {
            machine
            for machine, worker in enumerate(self._workers)
            if self._is_idle(worker, occupancies[machine], mean)
        }
        if not thieves or len(thieves) == len(self._workers):
            return False
        stolen = False
        for victim in self._victims(occupancies, mean, thieves):
            for level, index in self._stealable(victim):
                if level < STEAL_MOST and thieves:
                    stolen |= self._steal(index, victim, thieves, occupancies, mean)
        return stolen

    def _is_idle(self, worker: _Worker, occupancy: float, mean: float) -> bool:
        return worker.count() < worker.threads or occupancy < worker.threads * mean / 2

    def _victims(self, occupancies: list[float], mean: float, thieves: set[int]) -> list[int]:
        found = []
        for machine, worker in enumerate(self._workers):
            count, threads = worker.count(), worker.threads
            if machine in thieves or count <= threads:
                continue
            pending = occupancies[machine] * (count - threads) / (count * threads)
            if 0.4 < pending > 1.9 * mean:
                found.append(machine)
        if not found:
            found = [
                machine
                for machine, worker in enumerate(self._workers)
                if machine not in thieves
                and occupancies[machine] > 0.2
                and worker.count() > worker.threads
            ]
            found = sorted(found, key=lambda machine: -occupancies[machine])[:10]
        return sorted(found, key=lambda machine: -occupancies[machine])

    def _stealable(self, victim: int) -> list[tuple[float, int]]:
        found = []
        for _, index in self._workers[victim].waiting:
            job = self._load.jobs[index]
            transfer = self._input_bytes(job) / BANDWIDTH + STEAL_LATENCY
            cost = transfer / max(self._expected(job.group), 1e-9) if job.parents else 0.0
            found.append((cost, index))
        return sorted(found)

    def _steal(
        self, index: int, victim: int, thieves: set[int], occupancies: list[float], mean: float
    ) -> bool:
        job, asked = self._load.jobs[index], self._asked[index]
        able = [thief for thief in sorted(thieves) if self._workers[thief].supply.fits(asked)]
        if not able:
            return False
        held, size = self._where.bytes_on(job), self._input_bytes(job)

        def transfer(machine: int) -> float:
            return (size - held.get(machine, 0)) / BANDWIDTH

        thief = min(able, key=lambda m: occupancies[m] / self._workers[m].threads + transfer(m))
        seconds = self._expected(job.group)
        if (
            occupancies[thief] + transfer(thief) + seconds
            > occupancies[victim] - (transfer(victim) + seconds) / 2
        ):
            return False
        worker = self._workers[victim]
        worker.waiting.remove((self._load.dask_order[index], index))
        heapq.heapify(worker.waiting)
        self._leave(worker, job)
        self._assign(job, thief)
        occupancies[victim] -= seconds + transfer(victim)
        occupancies[thief] += seconds + transfer(thief)
        if not self._is_idle(self._workers[thief], occupancies[thief], mean):
            thieves.discard(thief)
        return True
