"""What is simulated: jobs with durations, demands and dependencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import dask.order

from maze_nb.model.resources import Resources


@dataclass(frozen=True, slots=True)
class Job:
    """One task of a workload.

    Attributes
    ----------
    index
        Its place in the workload.
    group
        Its name; jobs of one group take about as long as each other.
    seconds
        How long it takes, unknown to the policies until it has ended.
    resources
        What it asks for.
    parents
        The indices of the jobs whose outputs it reads.
    output_bytes
        How much its children read from it.
    """

    index: int
    group: str
    seconds: float
    resources: Resources
    parents: tuple[int, ...] = ()
    output_bytes: int = 0


@dataclass(frozen=True)
class Workload:
    """A named graph of jobs, all submitted at once."""

    name: str
    jobs: tuple[Job, ...]

    @cached_property
    def children(self) -> list[list[int]]:
        """The indices of the jobs that read each job's output."""
        found: list[list[int]] = [[] for _ in self.jobs]
        for job in self.jobs:
            for parent in job.parents:
                found[parent].append(job.index)
        return found

    @cached_property
    def dask_order(self) -> list[int]:
        """Each job's place in Dask's own order, depth first."""
        if not any(job.parents for job in self.jobs):
            return list(range(len(self.jobs)))
        # Integers as keys: what Dask does among equals depends on how keys hash.
        graph = {job.index: (len, list(job.parents)) for job in self.jobs}
        places = dask.order.order(graph)
        return [int(places[job.index]) for job in self.jobs]

    def without_gpus(self) -> Workload:
        """Return the same graph with the jobs' CPU variants, for machines without devices."""
        jobs = (
            replace(job, resources=replace(job.resources, gpu=0, gpu_mem=0)) for job in self.jobs
        )
        return Workload(self.name, tuple(jobs))


def topological(jobs: Sequence[tuple[str, float, Resources, list[int], int]]) -> tuple[Job, ...]:
    """Return jobs from ``(group, seconds, resources, parents, bytes)``, parents before children."""
    waits_for = [len(parents) for _, _, _, parents, _ in jobs]
    children: list[list[int]] = [[] for _ in jobs]
    for index, (_, _, _, parents, _) in enumerate(jobs):
        for parent in parents:
            children[parent].append(index)
    order = [index for index, count in enumerate(waits_for) if not count]
    for index in order:
        for child in children[index]:
            waits_for[child] -= 1
            if not waits_for[child]:
                order.append(child)
    place = {old: new for new, old in enumerate(order)}
    return tuple(
        Job(place[old], group, seconds, resources, tuple(sorted(place[p] for p in parents)), size)
        for old in order
        for group, seconds, resources, parents, size in [jobs[old]]
    )
