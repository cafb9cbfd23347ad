"""Made-up workloads: independent mixed loads, layers, fork and join, many chains."""

from __future__ import annotations

import random

from makespan import mixed_load

from maze_nb.model.resources import Resources
from simulation.workload import Workload, topological

Row = tuple[str, float, Resources, list[int], int]

KINDS = (
    ("small", 8, 0.6, Resources(cpu=1)),
    ("medium", 4, 1.0, Resources(cpu=2, cpu_mem=2000)),
    ("large", 2, 1.6, Resources(cpu=4, cpu_mem=4000)),
    ("share", 4, 1.0, Resources(cpu=1, gpu=0.5, gpu_mem=6000)),
    ("device", 1, 1.2, Resources(cpu=1, gpu=1, gpu_mem=12000)),
)
"""Name, how frequent, mean seconds and what it asks for."""
_MB = 1_000_000


def independent(count: int, seed: int) -> Workload:
    """Return tasks without dependencies, of mixed CPU, GPU and VRAM demand."""
    rows: list[Row] = [
        (
            f"c{load.cpu}g{load.gpu:g}",
            load.seconds,
            Resources(cpu=load.cpu, gpu=load.gpu, gpu_mem=load.gpu_mem),
            [],
            _MB,
        )
        for load in mixed_load(count, seed)
    ]
    return Workload("independent", topological(rows))


def layers(count: int, seed: int, width: int = 100) -> Workload:
    """Return layers of which each task reads two or three of the layer before."""
    chance = random.Random(seed)
    rows: list[Row] = []
    for index in range(count):
        layer = index // width
        before = range((layer - 1) * width, layer * width)
        parents = chance.sample(before, chance.choice((2, 3))) if layer else []
        rows.append(_row(chance, parents))
    return Workload("layers", topological(rows))


def fork_join(count: int, seed: int, width: int = 199) -> Workload:
    """Return tasks that fan out from one and join in one, again and again."""
    chance = random.Random(seed)
    rows: list[Row] = []
    join = -1
    while len(rows) + width + 1 <= count:
        first = len(rows)
        rows += [_row(chance, [join] if join >= 0 else []) for _ in range(width)]
        join = len(rows)
        rows.append(("join", 0.5, Resources(cpu=1), list(range(first, join)), _MB))
    return Workload("fork-join", topological(rows))


def chains(count: int, seed: int) -> Workload:
    """Return chains of very different lengths; a few long ones decide when the run can end."""
    chance = random.Random(seed)
    rows: list[Row] = []
    while len(rows) < count:
        length = min(max(round(chance.paretovariate(1.2) * 3), 2), count // 50)
        before: list[int] = []
        for _ in range(min(length, count - len(rows))):
            rows.append(_row(chance, before))
            before = [len(rows) - 1]
    return Workload("chains", topological(rows))


def crowd(count: int, seed: int) -> Workload:
    """Return independent tasks of few demands and 1 to 30 s, to measure cost at scale."""
    chance = random.Random(seed)
    kinds = [resources for _, weight, _, resources in KINDS for _ in range(weight)]
    rows: list[Row] = []
    for _ in range(count):
        resources = chance.choice(kinds)
        group = f"c{resources.cpu:g}g{resources.gpu:g}"
        rows.append((group, chance.uniform(1, 30), resources, [], _MB))
    return Workload("crowd", topological(rows))


def wide_layers(count: int, seed: int) -> Workload:
    """Return layers of a tenth of all tasks, to measure cost at scale with dependencies."""
    made = layers(count, seed, max(count // 10, 4))
    return Workload("wide layers", made.jobs)


def _row(chance: random.Random, parents: list[int]) -> Row:
    name, _, seconds, resources = chance.choices(KINDS, [kind[1] for kind in KINDS])[0]
    size = round(chance.lognormvariate(1, 1) * _MB)
    return (name, seconds * chance.uniform(0.5, 1.5), resources, parents, size)
