"""First in, first out: strict order of arrival; what does not fit blocks all behind it."""

from __future__ import annotations

from collections import deque

from maze_nb.engine.demand import demand_of
from simulation.clock import Start, Where
from simulation.ledger import Room
from simulation.machines import Machine
from simulation.workload import Job, Workload


class FirstIn:
    """Starts the job that arrived first on the first machine with room, or waits for one."""

    name = "FIFO"

    def set_up(self, load: Workload, fleet: list[Machine], where: Where) -> None:
        """Begin with empty machines."""
        self._queue: deque[int] = deque()
        self._demands = [demand_of(job.resources) for job in load.jobs]
        self._rooms = [Room(machine) for machine in fleet]
        self._held: dict[int, tuple[int, ...]] = {}

    def ready(self, job: Job, now: float) -> None:
        """Queue a job."""
        self._queue.append(job.index)

    def ended(self, job: Job, machine: int, now: float) -> None:
        """Free what a job held."""
        self._rooms[machine].give_back(self._demands[job.index], self._held.pop(job.index))

    def starts(self, now: float) -> list[Start]:
        """Start jobs from the front of the queue for as long as they fit."""
        found = []
        while self._queue:
            start = self._place(self._queue[0])
            if start is None:
                break
            self._queue.popleft()
            found.append(start)
        return found

    def wake(self, now: float) -> float | None:
        """Never: nothing follows from time alone."""
        return None

    def look(self, now: float) -> None:
        """Do nothing."""

    def _place(self, index: int) -> Start | None:
        demand = self._demands[index]
        for machine, room in enumerate(self._rooms):
            gpu_ids = room.choose(demand)
            if gpu_ids is not None:
                room.take(demand, gpu_ids)
                self._held[index] = gpu_ids
                return Start(index, machine, gpu_ids)
        return None
