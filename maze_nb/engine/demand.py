"""Resources as exact integers, so that what is taken and given back adds up."""

from __future__ import annotations

from typing import NamedTuple

from maze_nb.model.resources import Resources
from maze_nb.model.task_spec import TaskSpec

WHOLE = 1000
"""One core or one device, in thousandths."""


class Demand(NamedTuple):
    """What a task asks for; tasks with equal demands share one queue.

    ``cpu`` and ``gpu`` are in thousandths, ``cpu_mem`` and ``gpu_mem`` in whole MB. A node must
    have all ``tags``, and be ``node`` if one is named; one with tags in ``prefer`` is taken first.
    What ``is_detached`` runs in a child process and needs no thread of a slot.
    """

    cpu: int
    cpu_mem: int
    gpu: int
    gpu_mem: int
    tags: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    is_detached: bool = False
    node: str = ""

    @property
    def device_count(self) -> int:
        """How many devices are touched: one for a share, else as many as asked for."""
        return 0 if self.gpu == 0 else max(1, self.gpu // WHOLE)

    @property
    def device_share(self) -> int:
        """How much of each touched device is taken, in thousandths."""
        return min(self.gpu, WHOLE)


def demand_of(resources: Resources) -> Demand:
    """Return the exact demand for `resources`; anything above zero stays above zero."""
    return Demand(
        cpu=_scaled(resources.cpu, WHOLE),
        cpu_mem=_scaled(resources.cpu_mem, 1),
        gpu=_scaled(resources.gpu, WHOLE),
        gpu_mem=_scaled(resources.gpu_mem, 1),
    )


def demand_of_task(spec: TaskSpec) -> Demand:
    """Return the exact demand of a task."""
    options = spec.options
    return demand_of(spec.resources)._replace(
        tags=options.tags,
        prefer=options.prefer,
        is_detached=spec.needs_child,
        node=options.node,
    )


def demand_of_load(demand: Demand) -> Demand:
    """Return what it takes to load the outputs of a task rather than to compute them."""
    return Demand(min(demand.cpu, WHOLE), 0, 0, 0)


def _scaled(value: float, scale: int) -> int:
    return max(round(value * scale), 1) if value > 0 else 0
