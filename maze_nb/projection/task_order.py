"""Which tasks of a run a list of them has, and in what order before it is sorted."""

from __future__ import annotations

from maze_nb.model.rows import Snapshot
from maze_nb.projection.graph_shape import GraphShape

_QUIET = ("succeeded", "waiting", "skipped")


def listed_tasks(shape: GraphShape, snapshot: Snapshot, *, every_item: bool = False) -> list[str]:
    """Return the ids of the tasks, by the graph, then those that are not in it.

    Parameters
    ----------
    shape, snapshot
        The run's graph and state.
    every_item
        Whether the items of maps are there that say no more than the counts of their map do.
    """
    rows = snapshot["tasks"]
    order = [task_id for task_id in shape.tasks if task_id in rows]
    for task_id, row in rows.items():
        is_item = task_id.rpartition(".")[0] in snapshot["maps"]
        if task_id not in shape.tasks and (every_item or not is_item or row["state"] not in _QUIET):
            order.append(task_id)
    return order
