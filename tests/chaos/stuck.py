"""What a scheduler that seems to hang knows of the tasks that have not ended."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from distributed import Client

DEEP = 6


def states_of_unfinished(address: str) -> str:
    """Return how Dask and Maze see each task that has not ended, and what it waits for."""
    with Client(address, timeout=10, set_as_default=False) as client:
        lines: list[str] = client.run_on_scheduler(_unfinished)
        for worker, found in client.run(_at_work).items():
            lines += [f"worker {worker}:", *found]
    return "\n".join(lines)


def _at_work(dask_worker: Any) -> list[str]:
    """Return what a worker has not done yet, what it knows of that, and where its threads are."""
    lines = []
    for key, task in dask_worker.state.tasks.items():
        if task.state not in ("memory", "released", "error"):
            lines.append(f"  {key}: {task}")
            lines += [f"    {line}" for line in dask_worker.state.story(key)]
    for number, frame in sys._current_frames().items():
        lines.append(f"  thread {number}:\n{''.join(traceback.format_stack(frame)[-4:])}")
    return lines


def _unfinished(dask_scheduler: Any) -> list[str]:
    conductor = dask_scheduler.plugins["maze"].conductor
    lines = [f"workers {list(dask_scheduler.workers)}"]
    seen: set[Any] = set()
    for run in conductor.runs.values():
        for task_id in run.progress.unfinished():
            lines += _line(dask_scheduler, conductor, run.tasks[task_id].key, 0, seen)
    return lines


def _line(scheduler: Any, conductor: Any, key: Any, depth: int, seen: set[Any]) -> list[str]:
    state, record = scheduler.tasks.get(key), conductor.tasks.get(key)
    if key in seen or depth > DEEP:
        return []
    seen.add(key)
    found = f"{'  ' * depth}{key}: "
    if record is not None:
        found += (
            f"{record.run.progress.states[record.spec.task_id]} wanted={record.is_wanted} "
            f"stored={record.is_stored} cut={record.cut is not None} attempt={record.attempt} "
            f"waiting={key in conductor.engine.queue.waiting} "
            f"placed={conductor.engine.fleet.place_of.get(key)} "
        )
    if state is None:
        return [f"{found} unknown to Dask"]
    found += f"{state.state} on {state.processing_on} held by {state.who_has}, "
    found += f"waits on {[other.key for other in state.waiting_on or ()]} "
    found += f"for {[other.key for other in state.waiters or ()]} wanted by {state.who_wants}"
    lines = [found]
    for other in state.dependencies:
        lines += _line(scheduler, conductor, other.key, depth + 1, seen)
    return lines
