"""Removes old runs: what the store has of them, and the folders with their results."""

from __future__ import annotations

import heapq
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from maze_nb.model.states import RunStatus
from maze_nb.store.protocol import COPY_OF, RunStore, StoredRun
from maze_nb.wire.messages import decode_event

_FORGET_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed.

    Attributes
    ----------
    run_ids
        The runs, in the order they went.
    nbytes
        How many bytes they took, journals and results.
    troubles
        Why folders could not be removed; their runs are still in the store.
    """

    run_ids: tuple[str, ...]
    nbytes: int
    troubles: tuple[str, ...]


def prune(
    store: RunStore,
    results_dirs: Sequence[Path],
    *,
    older_than: float | None,
    keep_bytes: int | None,
    now: float,
    is_dry: bool = False,
) -> Pruned:
    """Remove runs, the oldest first; none that is running, or that another one took results from.

    Parameters
    ----------
    results_dirs
        Where ``<run_id>/`` folders with results are.
    older_than
        Remove what ended more than so many seconds ago, interrupted runs too; None for no limit.
    keep_bytes
        Remove runs that have ended until all that is left takes no more than this; None for no
        limit.
    now
        The time, in seconds since 1970.
    is_dry
        Whether all stays as it is, and is only told.
    """
    pruning = _Pruning(store, results_dirs, older_than, keep_bytes, now)
    removed: list[str] = []
    nbytes = 0
    troubles: list[str] = []
    due: list[str] = []
    for run in pruning.chosen():
        if is_dry:
            removed.append(run.run_id)
            nbytes += pruning.sizes[run.run_id]
            continue
        if run.finished is None and not _is_copy(run) and not store.claim(run.run_id):
            continue
        failed = [_removed(folder) for folder in pruning.folders(run)]
        troubles += filter(None, failed)
        if not any(failed):
            due.append(run.run_id)
            removed.append(run.run_id)
            nbytes += pruning.sizes[run.run_id]
        if len(due) == _FORGET_AT_ONCE:
            store.forget(due)
            due = []
    store.forget(due)
    return Pruned(tuple(removed), nbytes, tuple(troubles))


class _Pruning:
    """Which runs are to go, given how much they take and which take results from which."""

    def __init__(
        self,
        store: RunStore,
        results_dirs: Sequence[Path],
        older_than: float | None,
        keep_bytes: int | None,
        now: float,
    ) -> None:
        self._store = store
        self._results_dirs = results_dirs
        self._before = None if older_than is None else now - older_than
        self._keep_bytes = keep_bytes
        self._runs = {run.run_id: run for run in store.runs()}
        self.sizes = {
            run_id: run.nbytes + sum(map(_size, self.folders(run)))
            for run_id, run in self._runs.items()
        }

    def folders(self, run: StoredRun) -> Iterator[Path]:
        """Yield the folders with results of a run; those of a copy belong to another store."""
        if not _is_copy(run) and run.run_id not in ("", ".", "..") and os.sep not in run.run_id:
            for results_dir in self._results_dirs:
                if os.path.lexists(folder := results_dir / run.run_id):
                    yield folder

    def chosen(self) -> Iterator[StoredRun]:
        """Yield the runs that are to go, the oldest first; none that a run which stays uses."""
        left = sum(self.sizes.values())
        users = Counter(used for run in self._runs.values() for used in {*run.uses})
        queue = [(_age_key(run), run.run_id) for run in self._runs.values() if _may_go(run)]
        heapq.heapify(queue)
        used_still = set()
        while queue:
            run = self._runs[heapq.heappop(queue)[1]]
            if not self._is_due(run, left):
                continue
            if users[run.run_id]:
                used_still.add(run.run_id)
                continue
            yield run
            left -= self.sizes[run.run_id]
            users.subtract({*run.uses})
            for used in {*run.uses} & used_still:
                if not users[used]:
                    used_still.discard(used)
                    heapq.heappush(queue, (_age_key(self._runs[used]), used))

    def _is_due(self, run: StoredRun, left: int) -> bool:
        if self._before is not None and _age_key(run) < self._before:
            return self._last_heard(run) < self._before
        return self._keep_bytes is not None and left > self._keep_bytes and _has_ended(run)

    def _last_heard(self, run: StoredRun) -> float:
        if run.finished is not None:
            return run.finished
        last = self._store.events_after(run.run_id, run.last_seq - 1, 1)
        return decode_event(last[0]).time if last else run.started


def _may_go(run: StoredRun) -> bool:
    return _has_ended(run) or _is_copy(run) or run.status == RunStatus.INTERRUPTED


def _has_ended(run: StoredRun) -> bool:
    return run.finished is not None


def _is_copy(run: StoredRun) -> bool:
    return run.owner.startswith(COPY_OF)


def _age_key(run: StoredRun) -> float:
    return run.started if run.finished is None else run.finished


def _size(folder: Path) -> int:
    return sum(_file_sizes(folder))


def _file_sizes(folder: Path) -> Iterable[int]:
    for place, _folders, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                yield os.lstat(os.path.join(place, name)).st_size  # noqa: PTH118 (many files)


def _removed(folder: Path) -> str | None:
    """Remove a folder, and return what stood in the way of it."""
    try:
        if folder.is_symlink() or not folder.is_dir():
            folder.unlink()
        else:
            shutil.rmtree(folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        return f"{folder} cannot be removed: {error}"
    return None
