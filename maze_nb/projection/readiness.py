"""When tasks became ready to run: what they depend on had ended, and the run went on."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.model.rows import TaskRow
from maze_nb.model.states import TaskState
from maze_nb.projection.message import listed, mapping_of, text_of

_TELLING = frozenset({"task_pending", "start_task"})
_OPEN = frozenset(state.value for state in TaskState if not state.is_final)

Rows = Mapping[str, TaskRow]


class Readiness:
    """Who waits for whom in one run, and since when the run goes on.

    A scheduler does not write down when a task becomes ready, as most begin at once; it follows
    from the ends of what the task depends on. All items of a map are ready at the same time,
    which is looked up once.
    """

    def __init__(self) -> None:
        self._sources: dict[str, list[str]] = {}
        self._expanded: dict[str, float] = {}
        self._of_items: dict[str, float | None] = {}
        self._since: float | None = None

    def learn(self, graph: Mapping[str, object]) -> None:
        """Take in the edges of the run's graph, and the conditions of its tasks."""
        for edge in map(mapping_of, listed(graph.get("edges"))):
            self._add(text_of(edge.get("source")), text_of(edge.get("target")))
        for task in map(mapping_of, listed(graph.get("tasks"))):
            self._add(text_of(mapping_of(task.get("when")).get("task_id")), text_of(task.get("id")))

    def go_on(self, time: float | None) -> None:
        """Note when the run began, or went on after an interruption."""
        self._since = time
        self._of_items.clear()

    def expand(self, map_id: str, time: float | None) -> None:
        """Note when the list of a map was known."""
        if time is not None:
            self._expanded[map_id] = time

    def of_task(self, task_id: str, kind: str, rows: Rows) -> float | None:
        """Return when a task became ready, if a message of this type says that it is.

        Parameters
        ----------
        rows
            What is known of the tasks of the run.
        """
        return self._latest(task_id, rows) if kind in _TELLING else None

    def of_item(self, map_id: str, kind: str, rows: Rows) -> float | None:
        """Return when the items of a map became ready, if a message about one says that it is."""
        if kind not in _TELLING:
            return None
        if map_id not in self._of_items:
            known = (self._latest(map_id, rows), self._expanded.get(map_id))
            self._of_items[map_id] = max((time for time in known if time is not None), default=None)
        return self._of_items[map_id]

    def _add(self, source: str | None, target: str | None) -> None:
        if source is not None and target is not None:
            self._sources.setdefault(target, []).append(source)

    def _latest(self, task_id: str, rows: Rows) -> float | None:
        latest = self._since
        for source in self._sources.get(task_id, ()):
            row = rows.get(source)
            if row is None or row["finished"] is None or row["state"] in _OPEN:
                continue
            latest = row["finished"] if latest is None else max(latest, row["finished"])
        return latest


def note_ready(row: TaskRow, kind: str, since: float | None, time: float | None) -> None:
    """Note in a task's row when its attempt became ready, if the message says that it is.

    Parameters
    ----------
    since
        What the run says of it: see :class:`Readiness`.
    time
        When the message was written: clocks differ, and nothing starts before it is ready.
    """
    if kind not in _TELLING or time is None:
        return
    known = [known for known in (row["queued"], since) if known is not None]
    row["queued"] = min(max(known, default=time), time)
