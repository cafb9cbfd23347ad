"""Removes old runs: what the store has of them, and the folders with their results."""

from __future__ import annotations

import heapq
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from maze_nb.model.states import RunStatus
from maze_nb.store.protocol import COPY_OF, RunStore, StoredRun
from maze_nb.wire.blobs import BlobFolder
from maze_nb.wire.event_bytes import decode_event

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
    folder_name: Callable[[str], str] = str,
    blobs: BlobFolder | None = None,
) -> Pruned:
    """Remove runs, the oldest first; none that is running, or that another one took results from.

    Parameters
    ----------
    results_dirs
        Where folders with the results of runs are.
    older_than
        Remove what ended more than so many seconds ago, interrupted runs too; None for no limit.
    keep_bytes
        Remove runs that have ended until all that is left takes no more than this; None for no
        limit.
    now
        The time, in seconds since 1970.
    is_dry
        Whether all stays as it is, and is only told.
    folder_name
        Gives the name of a run's folder from its id; none that leads elsewhere is touched.
    blobs
        Where large values and modules are, of which those go that no run needs any more.
    """
    runs = store.runs()
    places = {
        run.run_id: [*_folders(results_dirs, folder_name(run.run_id))]
        for run in runs
        # The results of a copy belong to another store.
        if not _is_copy(run)
    }
    before = None if older_than is None else now - older_than
    choice = _Choice(store, runs, places, before, keep_bytes)
    troubles: list[str] = []
    due: list[str] = []

    def remove(run: StoredRun) -> bool:
        if is_dry:
            return True
        if run.finished is None and not _is_copy(run) and not store.claim(run.run_id):
            return False
        failed = [*filter(None, map(_removed, places.get(run.run_id, ())))]
        troubles.extend(failed)
        if not failed:
            due.append(run.run_id)
        if len(due) == _FORGET_AT_ONCE:
            store.forget(due)
            due.clear()
        return not failed

    removed = choice.carry_out(remove)
    store.forget(due)
    nbytes = sum(map(choice.sizes.__getitem__, removed))
    for run_id in _last_used_by(runs, {*removed}):
        for folder in _folders(results_dirs, folder_name(run_id)):
            nbytes += _size(folder)
            troubles.extend(() if is_dry else filter(None, [_removed(folder)]))
    if blobs is not None and not is_dry:
        gone = {*removed}
        nbytes += blobs.sweep({used for run in runs if run.run_id not in gone for used in run.uses})
    return Pruned(tuple(removed), nbytes, tuple(troubles))


def _last_used_by(runs: Sequence[StoredRun], removed: set[str]) -> set[str]:
    """Return the runs forgotten earlier whose results only removed ones still used."""
    here = {run.run_id for run in runs}
    used = {each for run in runs if run.run_id in removed for each in run.uses}
    still = {each for run in runs if run.run_id not in removed for each in run.uses}
    return used - still - here


class _Choice:
    """Which runs are to go, given how much they take and which take results from which."""

    def __init__(
        self,
        store: RunStore,
        runs: Sequence[StoredRun],
        places: Mapping[str, Sequence[Path]],
        before: float | None,
        keep_bytes: int | None,
    ) -> None:
        self._store = store
        self._before = before
        self._keep_bytes = keep_bytes
        self._runs = {run.run_id: run for run in runs}
        self.sizes = {
            run.run_id: run.nbytes + sum(map(_size, places.get(run.run_id, ()))) for run in runs
        }

    def carry_out(self, remove: Callable[[StoredRun], bool]) -> list[str]:
        """Have runs removed, the oldest first, and return those that were.

        None that a run uses which is still there: `remove` may say that it was not removed.
        """
        removed: list[str] = []
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
            if not remove(run):
                continue
            removed.append(run.run_id)
            left -= self.sizes[run.run_id]
            users.subtract({*run.uses})
            for used in {*run.uses} & used_still:
                if not users[used]:
                    used_still.discard(used)
                    heapq.heappush(queue, (_age_key(self._runs[used]), used))
        return removed

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


def _folders(results_dirs: Iterable[Path], name: str) -> Iterator[Path]:
    if name not in ("", ".", "..") and os.sep not in name:
        for results_dir in results_dirs:
            if os.path.lexists(folder := results_dir / name):
                yield folder


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
