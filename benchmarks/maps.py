"""A map of 10,000 no-ops: how soon it is submitted and done, beside the same as a plain Dask graph.

Run ``python benchmarks/maps.py``; ``--items N`` and ``--slots N`` for other sizes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence

from distributed import Client, LocalCluster

from maze_nb import MaClient, task

PATIENCE = 600.0


@task
def same(x: int) -> int:
    """Do nothing."""
    return x


def _same(x: int) -> int:
    return x


def time_map(client: MaClient, items: Sequence[int]) -> tuple[float, float]:
    """Return the seconds until a map is submitted, and until its results are there."""
    workflow = client.create_workflow("map")
    mapped = workflow.add_map(same, items)
    begun = time.perf_counter()
    run = client.get_run(workflow.run())
    submitted = time.perf_counter() - begun
    status = run.wait(PATIENCE)
    found = run.result(mapped)["result"]
    taken = time.perf_counter() - begun
    assert status == "succeeded", status
    assert found == list(items), "the results are not in the order of the items"
    return submitted, taken


def time_single_tasks(client: MaClient, items: Sequence[int]) -> tuple[float, float]:
    """Return the same for a workflow with a task for each item."""
    workflow = client.create_workflow("tasks")
    for item in items:
        workflow.add_task(same, {"x": item})
    begun = time.perf_counter()
    run = client.get_run(workflow.run())
    submitted = time.perf_counter() - begun
    status = run.wait(PATIENCE)
    assert status == "succeeded", status
    return submitted, time.perf_counter() - begun


def time_dask(client: Client, items: Sequence[int]) -> tuple[float, float]:
    """Return the same for Dask's own ``client.map``, whose results are gathered."""
    begun = time.perf_counter()
    futures = client.map(_same, items, pure=False)
    submitted = time.perf_counter() - begun
    assert client.gather(futures) == list(items)
    return submitted, time.perf_counter() - begun


def main() -> None:
    """Run all three on the same cluster, one after the other, and print how they compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--slots", type=int, default=2)
    options = parser.parse_args()
    items = range(options.items)
    with (
        LocalCluster(
            n_workers=options.slots, threads_per_worker=1, dashboard_address="127.0.0.1:0"
        ) as cluster,
        MaClient(cluster=cluster) as client,
        Client(cluster, set_as_default=False) as plain,
    ):
        time_map(client, range(100))
        time_dask(plain, range(100))
        rows = [
            ("plain Dask, client.map", time_dask(plain, items)),
            ("Maze, add_map", time_map(client, items)),
            ("Maze, a task each", time_single_tasks(client, items)),
        ]
    base = rows[0][1][1]
    print(f"{options.items} no-ops on {options.slots} slots")
    for name, (submitted, taken) in rows:
        print(
            f"{name:24} submitted in {submitted:6.2f} s, done in {taken:7.2f} s, "
            f"{options.items / taken:7.0f}/s, {taken / base:5.2f} x plain Dask"
        )


if __name__ == "__main__":
    main()
