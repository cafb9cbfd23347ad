"""What it costs to keep runs on disk, against a run store in memory; and to open a run again.

Both schedulers run side by side, each with two workers, and take turns.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time

from overhead import independent, time_maze
from two_workers import two_workers

from maze_nb import MaClient, Workflow
from maze_nb.widgets.display import run_mimebundle

LEAST = 0.85
"""The part of the throughput that has to be left."""
LONGEST = 1.0
"""The seconds that opening a run again may take until its first picture."""


def time_store(count: int, repeats: int) -> float:
    """Return the throughput with a store on disk over that with one in memory."""
    with (
        two_workers(store="memory") as in_memory,
        two_workers() as on_disk,
        MaClient(in_memory) as plain,
        MaClient(on_disk) as durable,
    ):
        taken: dict[str, list[float]] = {"memory": [], "disk": []}
        for turn in range(repeats + 1):
            for name, client in (("memory", plain), ("disk", durable)):
                seconds = time_maze(client, _workflow(client, 200 if turn == 0 else count))
                if turn:
                    taken[name].append(seconds)
    memory, disk = (statistics.median(taken[name]) for name in ("memory", "disk"))
    print(
        f"{count} tasks   store in memory {count / memory:8.0f}/s   on disk {count / disk:8.0f}/s"
        f"   disk/memory throughput {memory / disk:.2f}"
    )
    return memory / disk


def time_opening(count: int) -> float:
    """Return the seconds from asking for a finished run to its picture, without a connection."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["MAZE_HOME"] = home
        with two_workers() as address, MaClient(address) as client:
            run_id = _workflow(client, count).run()
            client.get_run(run_id).wait()
        with MaClient(offline=True) as client:
            start = time.perf_counter()
            run = client.get_run(run_id)
            picture = run_mimebundle(run.log)["text/html"]
            taken = time.perf_counter() - start
            assert len(picture) > 1000
            assert len(run.task_results) == count
    print(f"a finished run of {count} tasks: {taken:.2f} s until its first picture")
    return taken


def _workflow(client: MaClient, count: int) -> Workflow:
    workflow = client.create_workflow("independent")
    independent(workflow, count)
    return workflow


def main() -> None:
    """Measure both and hold them against what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=10_000)
    options = parser.parse_args()
    ratio = time_store(options.tasks, options.repeats)
    opening = time_opening(options.tasks)
    print(
        f"journal: promised at least {LEAST:.2f} of the throughput, found {ratio:.2f}: "
        f"{'kept' if ratio >= LEAST else 'MISSED'}"
    )
    print(
        f"opening: promised at most {LONGEST:.1f} s, found {opening:.2f} s: "
        f"{'kept' if opening <= LONGEST else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
