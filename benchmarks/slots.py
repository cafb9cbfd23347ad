"""Four CPU-bound pure-Python tasks on an embedded cluster of two slots, against one slot.

Beside it the same by two bare processes, which is what the cores here are able to.
"""

from __future__ import annotations

import multiprocessing
import time

from maze_nb import MaClient, task
from maze_nb.deploy import start_embedded

TASKS = 4
PROMISED = 0.6


@task
def count_down(rounds: int) -> int:
    """Keep one core and the interpreter's lock busy."""
    found = 0
    for number in range(rounds):
        found = (found * 31 + number) % 1_000_003
    return found


def rounds_for(seconds: float) -> int:
    """Return how many rounds take about so many seconds here."""
    probe = 1_000_000
    start = time.perf_counter()
    count_down(probe)
    return max(round(probe * seconds / (time.perf_counter() - start)), 1)


def time_tasks(client: MaClient, rounds: int) -> float:
    """Return the seconds that all tasks take together."""
    workflow = client.create_workflow("count down")
    for index in range(TASKS):
        # Numbers that differ, so that no result can serve twice.
        workflow.add_task(count_down, inputs={"rounds": rounds + index})
    start = time.perf_counter()
    status = client.get_run(workflow.run()).wait(300)
    assert status == "succeeded", status
    return time.perf_counter() - start


def best_of(repeats: int, rounds: int) -> tuple[float, float]:
    """Return the least seconds on one slot and on two, taken in turns: other load only adds."""
    with (
        start_embedded(slots=1) as one,
        start_embedded(slots=2) as two,
        MaClient(cluster=one) as first,
        MaClient(cluster=two) as second,
    ):
        second.dask_client.wait_for_workers(2, 60)
        clients = (first, second)
        for client in clients:
            time_tasks(client, 1)
        found = [[time_tasks(client, rounds) for client in clients] for _ in range(repeats)]
        alone, together = zip(*found, strict=True)
        return min(alone), min(together)


def bare_ratio(repeats: int, rounds: int) -> float:
    """Return how long two processes take for what one does, as a part of its time."""
    found = []
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for _ in range(repeats):
            times = []
            for each in ([[rounds] * TASKS], [[rounds] * (TASKS // 2)] * 2):
                start = time.perf_counter()
                pool.map(count_down_all, each, chunksize=1)
                times.append(time.perf_counter() - start)
            found.append(times)
    alone, together = zip(*found, strict=True)
    return min(together) / min(alone)


def count_down_all(rounds: list[int]) -> None:
    """Do several tasks one after the other."""
    for each in rounds:
        count_down(each)


def main() -> None:
    """Print the ratio."""
    rounds = rounds_for(0.7)
    one, two = best_of(5, rounds)
    print(f"two bare processes against one: {bare_ratio(5, rounds):.2f}")
    print(
        f"{TASKS} pure-Python tasks: one slot {one:.2f} s   two slots {two:.2f} s   "
        f"ratio {two / one:.2f}; promised at most {PROMISED} on two cores: "
        f"{'kept' if two <= PROMISED * one else 'MISSED'}"
    )


if __name__ == "__main__":
    main()
