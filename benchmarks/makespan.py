"""Makespan of a mixed CPU, GPU and VRAM load against the lower bound, and against plain Dask.

Tasks sleep for a set time, so what is measured is placement alone. The lower bound is the largest
of: the longest task, and for each resource the total demand over the capacity.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from dataclasses import dataclass

from distributed import Client
from two_workers import two_workers

from maze_nb import MaClient, task

CPU_WORKER = "CPU=4"
GPU_WORKER = "CPU=4 GPU=2 VRAM=32000"
WORKERS = (GPU_WORKER, GPU_WORKER, CPU_WORKER, CPU_WORKER)
CAPACITY = {"cpu": 16.0, "gpu": 4.0, "vram": 64000.0}


@dataclass(frozen=True)
class Load:
    """One task: seconds, cores, devices and MB on each device."""

    seconds: float
    cpu: int
    gpu: float
    gpu_mem: int

    @property
    def vram(self) -> float:
        """MB over all devices; a whole device's memory is not shared."""
        return self.gpu_mem * max(self.gpu, 1)


@task(inputs=["seconds"], outputs=["done"])
def work(params: dict[str, float]) -> dict[str, bool]:
    """Take the time."""
    time.sleep(params["seconds"])
    return {"done": True}


def plain_work(seconds: float) -> bool:
    """Take the time, for plain Dask."""
    time.sleep(seconds)
    return True


def mixed_load(count: int, seed: int) -> list[Load]:
    """Return tasks of which CPU and GPU demand are about in balance with the capacity."""
    chance = random.Random(seed)
    kinds = [(1, 0.0, 0)] * 8 + [(2, 0.0, 0)] * 5 + [(4, 0.0, 0)] * 2
    kinds += [(1, 0.5, 6000)] * 4 + [(1, 1.0, 12000), (1, 0.25, 3000), (2, 2.0, 8000)]
    return [Load(chance.uniform(0.4, 1.6), *chance.choice(kinds)) for _ in range(count)]


def lower_bound(loads: list[Load]) -> float:
    """Return the seconds below which no placement can be."""
    totals = {
        name: sum(load.seconds * getattr(load, name) for load in loads) / capacity
        for name, capacity in CAPACITY.items()
    }
    return max(*totals.values(), max(load.seconds for load in loads))


def time_maze(client: MaClient, loads: list[Load]) -> float:
    """Return the seconds Maze takes."""
    workflow = client.create_workflow("mixed")
    for load in loads:
        workflow.add_task(
            work,
            inputs={"seconds": load.seconds},
            resources={"cpu": load.cpu, "gpu": load.gpu, "gpu_mem": load.gpu_mem},
        )
    start = time.perf_counter()
    status = client.get_run(workflow.run()).wait(600)
    assert status == "succeeded", status
    return time.perf_counter() - start


def time_dask(client: Client, loads: list[Load]) -> float:
    """Return the seconds plain Dask takes with the same demands as resources."""
    start = time.perf_counter()
    futures = [
        client.submit(
            plain_work,
            load.seconds,
            pure=False,
            resources={"CPU": load.cpu}
            | ({"GPU": load.gpu, "VRAM": load.vram} if load.gpu else {}),
        )
        for load in loads
    ]
    client.gather(futures)
    return time.perf_counter() - start


def main() -> None:
    """Run the load with several seeds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=240)
    parser.add_argument("--seeds", type=int, default=2)
    options = parser.parse_args()
    ours, theirs = [], []
    with two_workers(*WORKERS, threads=4, count=4) as address, MaClient(address) as client:
        for seed in range(options.seeds):
            loads = mixed_load(options.tasks, seed)
            bound = lower_bound(loads)
            dask = time_dask(client.dask_client, loads)
            maze = time_maze(client, loads)
            ours.append(maze / bound)
            theirs.append(dask / bound)
            print(
                f"seed {seed}: bound {bound:5.1f} s   dask {dask:5.1f} s = {dask / bound:.2f} x   "
                f"maze {maze:5.1f} s = {maze / bound:.2f} x"
            )
    found = statistics.median(ours)
    print(
        f"makespan over the lower bound: maze {found:.3f}, dask {statistics.median(theirs):.3f}; "
        f"promised at most 1.10: {'kept' if found <= 1.10 else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
