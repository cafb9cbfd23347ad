"""Seconds below which no placement can be, whatever the policy.

Each column of `weights` gives every job a weight such that the weights of all jobs that run at one
time add up to at most 1. So the sum of weight times duration is a lower bound on the makespan.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from maze_nb.engine.demand import WHOLE, Demand, demand_of
from maze_nb.model.node import Capacity
from simulation.ledger import in_totals
from simulation.machines import Machine
from simulation.workload import Workload

Array = NDArray[np.float64]
_CUTS = 24
"""At so many heads and tails a window is cut."""


class Bounds(NamedTuple):
    """Lower bounds in seconds.

    Attributes
    ----------
    chain
        The critical path.
    work
        The largest, over all resources, of total demand times duration over total capacity.
    proof
        The largest that could be proven with more effort: jobs that only some machines can take,
        jobs of which only so many fit at a time, and jobs that cannot start before, or must end
        before, others.
    """

    chain: float
    work: float
    proof: float

    @property
    def simple(self) -> float:
        """The larger of critical path and work."""
        return max(self.chain, self.work)


def bounds(load: Workload, fleet: list[Machine], *, prove: bool = True) -> Bounds:
    """Return what bounds the makespan of a workload on a fleet from below.

    Parameters
    ----------
    prove
        Whether to look for a sharper bound; takes memory and time quadratic in the jobs.
    """
    seconds = np.array([job.seconds for job in load.jobs])
    demands = [demand_of(job.resources) for job in load.jobs]
    plain = resource_weights(demands, fleet)
    work = float((seconds @ plain).max())
    chain = _longest(load)
    if not prove:
        return Bounds(chain, work, max(chain, work))
    weights = np.hstack([plain, *_sharper_weights(demands, fleet)])
    proof = max(chain, work, float((seconds @ weights).max()), _pigeonhole(demands, seconds, fleet))
    if any(job.parents for job in load.jobs):
        proof = max(proof, _windows(load, seconds, weights))
    return Bounds(chain, work, proof)


def resource_weights(demands: list[Demand], fleet: list[Machine]) -> Array:
    """Return each job's part of the whole fleet's cores, memory, devices and VRAM."""
    total = np.sum([_supply(machine.capacity) for machine in fleet], axis=0)
    asked = np.array([in_totals(demand) for demand in demands], dtype=float)
    return np.divide(asked, total, out=np.zeros_like(asked), where=total > 0)


def _supply(capacity: Capacity) -> tuple[float, ...]:
    devices = capacity.devices
    vram = sum(device.memory for device in devices)
    return (capacity.cpu * WHOLE, capacity.cpu_mem, WHOLE * len(devices), vram)


def at_once(capacity: Capacity, demand: Demand) -> int:
    """Return how many jobs of a demand an empty machine takes."""
    limits = []
    if demand.cpu:
        limits.append(int(capacity.cpu * WHOLE) // demand.cpu)
    if demand.cpu_mem:
        limits.append(int(capacity.cpu_mem) // demand.cpu_mem)
    if demand.gpu:
        limits.append(_on_devices(capacity, demand))
    return min(limits)


def _on_devices(capacity: Capacity, demand: Demand) -> int:
    each = [
        min(WHOLE // demand.device_share, int(device.memory) // max(demand.gpu_mem, 1))
        if demand.gpu_mem
        else WHOLE // demand.device_share
        for device in capacity.devices
    ]
    if demand.gpu < WHOLE:
        return sum(each)
    return sum(count > 0 for count in each) // demand.device_count


def _sharper_weights(demands: list[Demand], fleet: list[Machine]) -> list[Array]:
    """Return weights for jobs that only some machines can take, and for crowds of large jobs."""
    makes: dict[Capacity, int] = {}
    for machine in fleet:
        makes[machine.capacity] = makes.get(machine.capacity, 0) + 1
    found = []
    able_of = {
        demand: frozenset(make for make in makes if at_once(make, demand))
        for demand in set(demands)
    }
    for able in sorted(set(able_of.values()), key=len):
        part = [machine for machine in fleet if machine.capacity in able]
        inside = np.array([able_of[demand] <= able for demand in demands])
        found.append(resource_weights(demands, part) * inside[:, None])
    for limit in sorted(set(demands)):
        most = sum(at_once(make, limit) * count for make, count in makes.items())
        found.append((_at_least(demands, limit) / max(most, 1e-9))[:, None])
    return found


def _at_least(demands: list[Demand], limit: Demand) -> Array:
    return np.array(
        [all(have >= least for have, least in zip(d[:4], limit[:4], strict=True)) for d in demands],
        dtype=float,
    )


def _pigeonhole(demands: list[Demand], seconds: Array, fleet: list[Machine]) -> float:
    """Return the bound for jobs of which only so many fit at once: some must follow each other."""
    best = 0.0
    for limit in set(demands):
        most = sum(at_once(machine.capacity, limit) for machine in fleet)
        longest = np.sort(seconds[_at_least(demands, limit) > 0])[::-1]
        for rounds in range(1, (len(longest) - 1) // most + 1):
            last = rounds * most
            best = max(best, float(longest[last - rounds : last + 1].sum()))
    return best


def _longest(load: Workload) -> float:
    ends = [0.0] * len(load.jobs)
    for job in load.jobs:
        ends[job.index] = job.seconds + max((ends[p] for p in job.parents), default=0.0)
    return max(ends, default=0.0)


def _windows(load: Workload, seconds: Array, weights: Array) -> float:
    """Return the bound from when jobs can start at the earliest and what must follow them."""
    parents = [list(job.parents) for job in load.jobs]
    heads = _heads(parents, range(len(parents)), seconds, weights)
    backwards = range(len(parents) - 1, -1, -1)
    tails = _heads(load.children, backwards, seconds, weights)
    work = seconds[:, None] * weights
    best = float((heads + seconds + tails).max())
    for head in _cuts(heads):
        for tail in _cuts(tails):
            inside = (heads >= head) & (tails >= tail)
            if inside.any():
                best = max(best, head + tail + float(work[inside].sum(axis=0).max()))
    return best


def _heads(before: list[list[int]], order: range, seconds: Array, weights: Array) -> Array:
    """Return when each job can start at the earliest, given what has to end before."""
    work = seconds[:, None] * weights
    heads = np.zeros(len(seconds))
    reached = np.zeros((len(seconds), len(seconds)), dtype=bool)
    for index in order:
        for other in before[index]:
            reached[index] |= reached[other]
            reached[index, other] = True
            heads[index] = max(heads[index], heads[other] + seconds[other])
        inside = np.flatnonzero(reached[index])
        if len(inside) > 1:
            for cut in _cuts(heads[inside])[:8]:
                late = inside[heads[inside] >= cut]
                heads[index] = max(heads[index], cut + float(work[late].sum(axis=0).max()))
    return heads


def _cuts(values: Array) -> Array:
    found = np.unique(values)
    if len(found) > _CUTS:
        found = found[np.linspace(0, len(found) - 1, _CUTS).round().astype(int)]
    return found
