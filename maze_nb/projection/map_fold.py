"""The fold of a map's items: how many are in which state, and those worth a look by themselves."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from itertools import chain, islice
from typing import cast

from maze_nb.model.rows import ItemsPage, MapRow, TaskRow, new_task_row
from maze_nb.model.states import TaskState
from maze_nb.projection.interruption import begin_again, counts_left, left_behind
from maze_nb.projection.looks import CACHED
from maze_nb.projection.reuse import shown_state
from maze_nb.projection.task_fold import fold_task

ALL_SHOWN = 40
"""A map of so many items at most is told of item by item."""
SOME_SHOWN = 20
"""Of a longer one so many of the failed items, and so many of those that go on."""
PAGE = 50
"""How many items one answer to a question after them has."""
_ASKED_KEPT = 4 * PAGE
_LIVELY = frozenset({TaskState.RUNNING.value, TaskState.RETRYING.value})
_WAITING = TaskState.WAITING.value
_SUCCEEDED = TaskState.SUCCEEDED.value
_FAILED = TaskState.FAILED.value


class MapFold:
    """The items of one task that maps over a list.

    Guards the row of each item that was heard of, the counts over all of them, and which rows
    views were told of. Folding one message, and telling what changed, cost the same however many
    items there are.

    Parameters
    ----------
    task_id
        The task that maps.

    Attributes
    ----------
    count
        How many items there are; None until that is known.
    reused
        How many of the items that succeeded did not have to run.
    """

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        self.count: int | None = None
        self.reused = 0
        self._rows: dict[int, TaskRow] = {}
        self._length = 0
        self._states: Counter[str] = Counter()
        self._ended = 0
        self._failed: dict[int, None] = {}
        self._lively: dict[int, None] = {}
        self._started: float | None = None
        self._last_end: float | None = None
        self._is_changed = True
        self._changed: set[int] = set()
        self._told: set[int] = set()
        self._asked: deque[int] = deque(maxlen=_ASKED_KEPT)

    def expand(self, count: int) -> None:
        """Note how many items there are."""
        self.count = max(count, 0)
        self._length = max(self._length, self.count)
        self._is_changed = True

    def fold(
        self,
        index: int,
        kind: str,
        data: Mapping[str, object],
        time: float | None,
        ready: float | None = None,
    ) -> None:
        """Take in one message about an item; `ready` is since when it could have run."""
        row = self._rows.get(index)
        if row is None:
            row = self._rows[index] = new_task_row()
            self._length = max(self._length, index + 1)
            self._states[_WAITING] += 1
            self._changed.add(index)
        before, was_reused = row["state"], row["reused_from"] is not None
        if not fold_task(row, kind, data, time, ready):
            return
        self._enter(index, before, row["state"])
        self.reused += (row["reused_from"] is not None) - was_reused
        if row["started"] is not None and (self._started is None or row["started"] < self._started):
            self._started = row["started"]
        if row["finished"] is not None:
            self._last_end = row["finished"]
        self._changed.add(index)

    def begin_again(self, left: float | None) -> None:
        """Have the items wait that had not ended when the scheduler was lost, `left` at a time."""
        for index in [*self._rows]:
            row = self._rows[index]
            before = row["state"]
            if begin_again(row, left):
                self._enter(index, before, row["state"])
                self._changed.add(index)

    @property
    def states(self) -> Counter[str]:
        """How many items are in each state."""
        states = Counter(self._states)
        states[_WAITING] += max(0, (self.count or 0) - len(self._rows))
        return states

    @property
    def has_delta(self) -> bool:
        """Whether anything changed since `delta_rows` was last taken or dropped."""
        return self._is_changed or bool(self._changed)

    def row(self, *, is_stopped: bool) -> MapRow:
        """Return the map in figures, with the ids of the items that are told of."""
        counts = self.states
        if is_stopped:
            counts = Counter(counts_left(counts))
        counts[CACHED] = self.reused
        counts[_SUCCEEDED] -= self.reused
        is_over = bool(self.count) and self._ended == self.count
        return {
            "count": self.count,
            "counts": {state: number for state, number in counts.items() if number > 0},
            "started": self._started,
            "finished": self._last_end if is_over else None,
            "items": [self._id(index) for index in self._window()],
        }

    def delta_rows(self, *, is_stopped: bool) -> dict[str, TaskRow]:
        """Return the rows that views have to be told of anew, and note that they were."""
        window = self._window()
        watched = self._told.union(window)
        fresh = [
            index
            for index in chain(window, self._told.difference(window))
            if index in self._changed or index not in self._told
        ]
        # What has left the window is told of once more, so that nothing is shown as it was.
        self._told = watched if len(watched) <= ALL_SHOWN + _ASKED_KEPT else {*window, *self._asked}
        self._changed.clear()
        self._is_changed = False
        return self._copies((index for index in fresh if index in self._rows), is_stopped)

    def window_rows(self, *, is_stopped: bool) -> dict[str, TaskRow]:
        """Return the rows of the items that are told of."""
        return self._copies((index for index in self._window() if index in self._rows), is_stopped)

    def every_row(self, *, is_stopped: bool) -> dict[str, TaskRow]:
        """Return the rows of all items, in their order."""
        return self._copies(range(self._length), is_stopped)

    def drop_delta(self) -> None:
        """Forget what changed: a snapshot has told it."""
        self._told.update(self._window())
        self._changed.clear()
        self._is_changed = False

    def page(self, state: str, offset: int, *, is_stopped: bool) -> ItemsPage:
        """Return some items, the failed first.

        Parameters
        ----------
        state
            The state that they show; empty for all.
        offset
            How many to pass over.
        """
        found = self._sorted(state, is_stopped=is_stopped)
        offset = max(0, min(offset, len(found) - 1))
        shown = found[offset : offset + PAGE]
        self._asked.extend(shown)
        self._told.update(shown)
        return {
            "task_id": self.task_id,
            "state": state,
            "offset": offset,
            "total": len(found),
            "items": [self._id(index) for index in shown],
            "tasks": self._copies(shown, is_stopped),
        }

    def _enter(self, index: int, before: str, after: str) -> None:
        if before == after:
            return
        self._states[before] -= 1
        self._states[after] += 1
        self._ended += TaskState(after).is_final - TaskState(before).is_final
        for states, kept in ((_LIVELY, self._lively), ((_FAILED,), self._failed)):
            if after in states:
                kept.setdefault(index)
            else:
                kept.pop(index, None)

    def _window(self) -> list[int]:
        if self._length <= ALL_SHOWN:
            return list(range(self._length))
        failed, lively = islice(self._failed, SOME_SHOWN), islice(self._lively, SOME_SHOWN)
        return [*failed, *lively]

    def _sorted(self, state: str, *, is_stopped: bool) -> list[int]:
        if not state:
            rest = (index for index in range(self._length) if index not in self._failed)
            return [*self._failed, *rest]
        if state == _FAILED:
            return list(self._failed)
        return [index for index in range(self._length) if self._shown(index, is_stopped) == state]

    def _shown(self, index: int, is_stopped: bool) -> str:
        row = self._rows.get(index)
        if row is None:
            return _WAITING
        return shown_state(left_behind(row) if is_stopped else row)

    def _copies(self, indices: Iterable[int], is_stopped: bool) -> dict[str, TaskRow]:
        copies = {}
        for index in indices:
            row = self._rows.get(index)
            copy = new_task_row() if row is None else cast(TaskRow, dict(row))
            copies[self._id(index)] = left_behind(copy) if is_stopped else copy
        return copies

    def _id(self, index: int) -> str:
        return f"{self.task_id}.{index}"
