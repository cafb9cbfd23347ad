"""Overhead for each task, against plain Dask given the same graph on the same cluster.

Three shapes: independent tasks, a chain, layers. Plain Dask gets ``resources=`` on each task, as
it needs to respect them; Maze keeps all messages and the run is over when the last one is here.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

from distributed import Client

from maze_nb import MaClient, Workflow, task

Graph = dict[str, tuple[object, ...]]


@task(inputs=["x"], outputs=["y"])
def pass_on(params: dict[str, object]) -> dict[str, object]:
    """Do nothing."""
    return {"y": 1}


@task
def gather(**values: object) -> int:
    """Do nothing with many inputs."""
    return len(values)


def nothing(*_: object) -> int:
    """Do nothing, for plain Dask."""
    return 1


def independent(workflow: Workflow, count: int) -> None:
    """Add tasks that do not depend on each other."""
    for _ in range(count):
        workflow.add_task(pass_on, inputs={"x": 0})


def chain(workflow: Workflow, count: int) -> None:
    """Add tasks of which each reads the one before."""
    before = workflow.add_task(pass_on, inputs={"x": 0})
    for _ in range(count - 1):
        before = workflow.add_task(pass_on, inputs={"x": before.outputs["y"]})


def layers(workflow: Workflow, count: int, width: int = 50) -> None:
    """Add layers of which each task reads two of the layer before."""
    row = [workflow.add_task(pass_on, inputs={"x": 0}) for _ in range(width)]
    for _ in range(count // width - 1):
        row = [
            workflow.add_task(
                gather,
                inputs={
                    "a": next(iter(row[i].outputs.values())),
                    "b": next(iter(row[(i + 1) % width].outputs.values())),
                },
            )
            for i in range(width)
        ]


def plain_graph(workflow: Workflow) -> Graph:
    """Return the same graph for plain Dask."""
    graph: Graph = {}
    stamp = time.time_ns()
    for made in workflow.get_tasks():
        sources = {f"{ref.task.task_id}-{stamp}" for _, ref in made.references()}
        graph[f"{made.task_id}-{stamp}"] = (nothing, *sorted(sources))
    return graph


def time_maze(client: MaClient, workflow: Workflow) -> float:
    """Return the seconds from ``run()`` until all messages are here."""
    start = time.perf_counter()
    run_id = workflow.run()
    messages = workflow.get_results(run_id, verbose=False)
    ended = sum(message["type"] == "finish_task" for message in messages)
    taken = time.perf_counter() - start
    assert messages[-1]["data"]["status"] == "succeeded"
    assert ended == len(workflow.get_tasks())
    client.forget(run_id)
    return taken


def time_dask(client: Client, graph: Graph) -> float:
    """Return the seconds plain Dask takes for the graph."""
    start = time.perf_counter()
    futures = client.get(graph, list(graph), resources={"SLOT": 1}, sync=False)
    client.gather(futures)
    return time.perf_counter() - start


def compare(
    name: str, client: MaClient, build: Callable[[Workflow, int], None], count: int, repeats: int
) -> float:
    """Run both side by side, print and return the ratio of the medians of their rates."""
    workflow = client.create_workflow(name)
    build(workflow, count)
    ours, theirs = [], []
    for _ in range(repeats):
        theirs.append(time_dask(client.dask_client, plain_graph(workflow)))
        ours.append(time_maze(client, workflow))
    maze, dask = statistics.median(ours), statistics.median(theirs)
    print(
        f"{name:<14} {count:>6} tasks   dask {count / dask:8.0f}/s   maze {count / maze:8.0f}/s   "
        f"maze/dask throughput {dask / maze:.2f}   time per task {maze / count * 1e3:.2f} ms"
    )
    return dask / maze


def main() -> None:
    """Run all shapes and hold the ratios against what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tasks", type=int, default=5000)
    options = parser.parse_args()
    from two_workers import two_workers

    with two_workers("SLOT=1") as address, MaClient(address) as client:
        compare("warm-up", client, independent, 200, 1)
        found = {
            "independent": compare(
                "independent", client, independent, options.tasks, options.repeats
            ),
            "chain": compare("chain", client, chain, 300, options.repeats),
            "layers": compare("layers", client, layers, 400, options.repeats),
        }
    promised = {"independent": 0.7, "chain": 1 / 1.5}
    for name, least in promised.items():
        word = "kept" if found[name] >= least else "MISSED"
        print(f"{name}: promised at least {least:.2f}, found {found[name]:.2f}: {word}")


if __name__ == "__main__":
    main()
