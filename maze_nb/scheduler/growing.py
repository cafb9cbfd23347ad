"""A run with maps while it goes on: what of its graph Dask does not have yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maze_nb.engine.withheld import Withheld
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.dask_graph import DaskGraph, nodes_of
from maze_nb.scheduler.map_nodes import MapNodes, Nodes, maps_in
from maze_nb.scheduler.run_record import RunRecord


@dataclass(slots=True)
class Growing:
    """A run with maps, while it goes on.

    ``nodes`` are those that were submitted, with their ``ranks``; ``maps`` what of them belongs to
    each map. ``after`` are the maps that go over what each task makes, or whose conditions it
    makes; ``due`` are those that can be given their items.
    """

    nodes: Nodes
    ranks: dict[Any, float]
    maps: dict[TaskId, MapNodes]
    withheld: Withheld
    after: dict[TaskId, list[TaskId]]
    due: list[TaskId] = field(default_factory=list)
    is_busy: bool = False


def growing_run(run: RunRecord, graph: DaskGraph) -> Growing:
    """Read the graph of a run with maps."""
    nodes = nodes_of(graph)
    after: dict[TaskId, list[TaskId]] = {}
    for map_id, each in run.submission.maps.items():
        when = run.tasks[TaskId(map_id)].spec.when
        sources = [task_id for task_id, _ in each.lists.values()]
        for task_id in [*sources, *([] if when is None else [when.task_id])]:
            after.setdefault(TaskId(task_id), []).append(TaskId(map_id))
    maps = maps_in(nodes, [run.tasks[TaskId(map_id)] for map_id in run.submission.maps])
    return Growing(nodes, graph.ranks, maps, Withheld(run.submission.graph), after)
