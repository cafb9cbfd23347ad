"""How well tasks of mixed GPU shares and VRAM are packed on the devices of two workers.

Each task records its devices, its worker and when it ran. From these records alone it follows
whether a device or its memory was ever over-committed, and how much of the best possible packing
was reached.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulation.bounds import bounds
from simulation.machines import Machine, machines
from simulation.workload import Job, Workload
from two_workers import two_workers

from maze_nb import MaClient, current_task, task
from maze_nb.model.resources import Resources

WORKER = "GPU=2 VRAM=32000"
DEVICE_MB = 16_000
PROMISED = 0.90
_ROUNDING = 1e-6

KINDS = (
    (0.25, 3000), (0.25, 3000), (0.25, 6000), (0.5, 6000), (0.5, 8000), (0.75, 4000),
    (1, 12_000), (1, 16_000), (2, 10_000),
)  # fmt: skip
"""Devices, and MB on each."""


@dataclass(frozen=True)
class Load:
    """One task: how long it takes, devices and MB on each."""

    seconds: float
    gpu: float
    gpu_mem: int


@dataclass(frozen=True)
class Record:
    """What one task told: its part of each of its devices, and when it had them."""

    worker: str
    gpu_ids: tuple[int, ...]
    gpu: float
    gpu_mem: float
    start: float
    end: float


@task
def occupy(seconds: float) -> dict[str, Any]:
    """Take the time; say where and when."""
    here = current_task()
    start = time.time()
    time.sleep(seconds)
    return {
        "worker": here.worker,
        "gpu_ids": list(here.gpu_ids),
        "start": start,
        "end": time.time(),
    }


def mixed_gpu_load(count: int, seed: int, shortest: float, longest: float) -> list[Load]:
    """Return tasks of mixed demand for devices and VRAM."""
    chance = random.Random(seed)
    return [Load(chance.uniform(shortest, longest), *chance.choice(KINDS)) for _ in range(count)]


def whole_device_load(count: int, seconds: float) -> list[Load]:
    """Return tasks that leave nothing to pack: what they lose is the machine's own delay."""
    return [Load(seconds, 1, DEVICE_MB)] * count


def run_loads(client: MaClient, loads: Sequence[Load]) -> list[Record]:
    """Run all tasks and return what they recorded."""
    workflow = client.create_workflow("packing")
    made = [
        workflow.add_task(
            occupy,
            inputs={"seconds": load.seconds},
            resources={"cpu": 0.1, "gpu": load.gpu, "gpu_mem": load.gpu_mem},
        )
        for load in loads
    ]
    run = client.get_run(workflow.run())
    status = run.wait(300)
    assert status == "succeeded", status
    records = []
    for load, one in zip(loads, made, strict=True):
        told = run.result(one)["result"]
        place = (str(told["worker"]), tuple(told["gpu_ids"]))
        records.append(Record(*place, load.gpu, load.gpu_mem, told["start"], told["end"]))
    return records


def over_commitments(records: Sequence[Record]) -> list[str]:
    """Return each moment at which tasks had more of a device than there is, in words."""
    changes: dict[tuple[str, int], list[tuple[float, float, float]]] = defaultdict(list)
    found = []
    for record in records:
        if len(set(record.gpu_ids)) != max(record.gpu, 1):
            found.append(f"a task that asked for {record.gpu:g} had devices {record.gpu_ids}")
        share = min(record.gpu, 1)
        for index in record.gpu_ids:
            changes[record.worker, index] += [
                (record.start, share, record.gpu_mem),
                (record.end, -share, -record.gpu_mem),
            ]
    for (worker, index), its_changes in changes.items():
        share = memory = 0.0
        # What ends at a time is counted before what starts then.
        for moment, more_share, more_memory in sorted(its_changes):
            share += more_share
            memory += more_memory
            if share > 1 + _ROUNDING or memory > DEVICE_MB + _ROUNDING:
                found.append(f"{worker} GPU {index} at {moment}: {share:g} and {memory:g} MB")
    return found


def packing(records: Sequence[Record], workers: int = 2) -> float:
    """Return how long the tasks would have to take at least, over how long they took."""
    taken = max(record.end for record in records) - min(record.start for record in records)
    jobs = tuple(
        Job(index, "", record.end - record.start, Resources(0.1, 0, record.gpu, record.gpu_mem))
        for index, record in enumerate(records)
    )
    return bounds(Workload("packing", jobs), _fleet(workers)).proof / taken


def warm_up(client: MaClient) -> None:
    """Have the processes for every device and pair of devices started: packing is measured."""
    run_loads(client, [Load(2, 0.25, 0)] * 16)
    run_loads(client, [Load(0.3, 2, 0)] * 2)


def _fleet(workers: int) -> list[Machine]:
    return machines(workers, 1000, 1_000_000, 2, DEVICE_MB)


def main() -> None:
    """Run the load on two workers; print whether it was over-committed, and the packing."""
    loads = mixed_gpu_load(60, 1, 0.8, 1.2)
    with (
        two_workers(WORKER, threads=8) as address,
        MaClient(address) as client,
    ):
        warm_up(client)
        records = run_loads(client, loads)
    broken = over_commitments(records)
    print("\n".join(broken) or f"{len(records)} tasks on 4 devices: never over-committed")
    found = packing(records)
    word = "kept" if found >= PROMISED and not broken else "MISSED"
    print(f"packing {found:.3f} of the best possible; promised at least {PROMISED}: {word}")


if __name__ == "__main__":
    main()
