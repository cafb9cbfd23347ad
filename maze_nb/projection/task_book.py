"""The rows of a run's tasks, their number by state, and which of them changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from maze_nb.model.rows import TaskRow, new_task_row
from maze_nb.model.states import TaskState
from maze_nb.projection.interruption import begin_again, left_behind
from maze_nb.projection.output_fold import rows_in_items
from maze_nb.projection.task_fold import fold_task


class TaskBook:
    """The rows of tasks by id. Guards that the counts by state are those of the rows.

    Attributes
    ----------
    reused
        How many tasks took over outputs in place of running.
    """

    def __init__(self) -> None:
        self.reused = 0
        self._rows: dict[str, TaskRow] = {}
        self._counts: Counter[str] = Counter({state.value: 0 for state in TaskState})
        self._changed: dict[str, None] = {}

    @property
    def rows(self) -> Mapping[str, TaskRow]:
        """The rows as they stand, to be read."""
        return self._rows

    @property
    def counts(self) -> Counter[str]:
        """How many tasks are in each state."""
        return Counter(self._counts)

    def row(self, task_id: str) -> TaskRow:
        """Return the row of a task, which begins now if nothing was heard of it."""
        found = self._rows.get(task_id)
        if found is None:
            found = self._rows[task_id] = new_task_row()
            self._counts[found["state"]] += 1
            self._changed[task_id] = None
        return found

    def fold(
        self,
        task_id: str,
        kind: str,
        data: Mapping[str, object],
        time: float | None,
        *,
        ready: float | None,
        is_map: bool,
    ) -> None:
        """Take in what a message says of a task.

        Parameters
        ----------
        ready, is_map
            When it became ready to run, and whether its outputs are lists of its items'.
        """
        row = self.row(task_id)
        before, was_reused = row["state"], row["reused_from"] is not None
        if fold_task(row, kind, data, time, ready):
            if kind == "finish_task" and is_map:
                row["outputs"] = rows_in_items(row["outputs"])
            self.reused += (row["reused_from"] is not None) - was_reused
            self._note(task_id, row, before)

    def begin_again(self, left: float | None) -> None:
        """Have what had not ended wait again, as the run goes on after it was left."""
        for task_id, row in self._rows.items():
            before = row["state"]
            if begin_again(row, left):
                self._note(task_id, row, before)

    def told(self, *, is_stopped: bool) -> dict[str, TaskRow]:
        """Return copies of all rows; nothing goes on in a run that has stopped."""
        return dict(_copies(self._rows.items(), is_stopped))

    def delta(self, *, is_stopped: bool) -> dict[str, TaskRow]:
        """Return copies of the rows that changed since this was last asked or dropped."""
        found = dict(_copies(((each, self._rows[each]) for each in self._changed), is_stopped))
        self.drop_delta()
        return found

    def drop_delta(self) -> None:
        """Forget which rows changed."""
        self._changed = {}

    def _note(self, task_id: str, row: TaskRow, before: str) -> None:
        self._counts[before] -= 1
        self._counts[row["state"]] += 1
        self._changed[task_id] = None


def _copies(rows: Iterable[tuple[str, TaskRow]], is_stopped: bool) -> Iterator[tuple[str, TaskRow]]:
    for task_id, row in rows:
        # Lists and mappings inside a row are replaced, never changed, so they can be shared.
        copied = cast(TaskRow, dict(row))
        yield task_id, left_behind(copied) if is_stopped else copied
