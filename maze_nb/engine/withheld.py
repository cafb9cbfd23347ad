"""Which tasks of a run can be handed to the cluster, while it is not known how far maps reach."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable

from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId


class Withheld:
    """The tasks that follow maps which are not settled: how many items they have is not known.

    Parameters
    ----------
    graph
        The tasks of a run.
    """

    def __init__(self, graph: Graph) -> None:
        self._dependents = graph.dependents()
        self._blockers = Counter(edge.target for edge in graph.edges)
        self._unsettled = {task.task_id for task in graph.tasks if task.is_map}
        self._free = self._release(
            task.task_id for task in graph.tasks if not self._blockers[task.task_id]
        )

    @property
    def is_over(self) -> bool:
        """Whether all maps are settled, so that nothing is withheld any more."""
        return not self._unsettled

    def free(self) -> list[TaskId]:
        """Return the tasks that follow no map; to be asked for once."""
        found, self._free = self._free, []
        return found

    def settle(self, map_id: TaskId) -> list[TaskId]:
        """Note that it is known what a map has for items; return what can be handed over now.

        Among this is the map itself, or else it follows another and comes with that.
        """
        if map_id not in self._unsettled:
            return []
        self._unsettled.discard(map_id)
        return self._release([] if self._blockers[map_id] else [map_id])

    def _release(self, starts: Iterable[TaskId]) -> list[TaskId]:
        found = []
        todo = deque(starts)
        while todo:
            task_id = todo.popleft()
            if task_id in self._unsettled:
                continue
            found.append(task_id)
            for target in self._dependents[task_id]:
                self._blockers[target] -= 1
                if not self._blockers[target]:
                    todo.append(target)
        return found
