"""A file of a task to be read: on the scheduler's own disk, or on the worker that has it."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from distributed.scheduler import Scheduler

from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.folder_name import file_name
from maze_nb.artifacts.inside import NotAFileError, folder_inside, inside_name, open_inside
from maze_nb.errors import ResultLostError
from maze_nb.model.ids import TaskId
from maze_nb.scheduler.conductor import Conductor

PIECE = 2**20
"""The bytes that are read at once."""
_SECONDS = 60.0
_LOOK_SECONDS = 600.0
_AT_ONCE = 16


class TaskFile(Protocol):
    """A file that is open for reading."""

    nbytes: int
    sha256: str

    async def read(self, offset: int, length: int) -> bytes:
        """Return a part of it; less than `length` only at its end."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...


class OwnFile:
    """A file on the scheduler's disk; whoever replaces it does not change what is read."""

    def __init__(self, number: int, nbytes: int, sha256: str) -> None:
        self._number = number
        self.nbytes = nbytes
        self.sha256 = sha256

    async def read(self, offset: int, length: int) -> bytes:
        """Return a part of it."""
        return await asyncio.to_thread(os.pread, self._number, length, offset)

    def close(self) -> None:
        """Close it."""
        os.close(self._number)


@dataclass(slots=True)
class FarFile:
    """A file on the disk of a worker."""

    scheduler: Scheduler
    worker: str
    where: dict[str, str]
    changed: int
    nbytes: int
    sha256: str

    async def read(self, offset: int, length: int) -> bytes:
        """Return a part of it.

        Raises
        ------
        ResultLostError
            If it was changed, or the worker is gone.
        """
        told = await _ask(
            self.scheduler, self.worker, "maze_read_task_file", _SECONDS,
            **self.where, offset=offset, length=length, changed=self.changed,
        )  # fmt: skip
        if "data" not in told:
            raise ResultLostError(f"{self.where['name']!r} cannot be read: {told.get('error')}")
        return bytes(told["data"])

    def close(self) -> None:
        """Nothing is held."""


class TaskFiles:
    """Finds files of tasks: in the scheduler's folder, else in those of the workers."""

    def __init__(self, scheduler: Scheduler, conductor: Conductor, root: Path) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self.root = root

    async def open(self, run_id: str, task_id: str, name: str) -> TaskFile:
        """Open a file.

        Raises
        ------
        ArtifactError
            If the name is none.
        NotAFileError
            If nobody has it.
        """
        inside_name(name)
        with suppress(NotAFileError):
            return await asyncio.to_thread(self._own, run_id, task_id, name)
        where = {"run_id": run_id, "task_id": task_id, "name": name}
        for workers in _batches(self._workers(run_id, task_id)):
            looks = (self._look(worker, where) for worker in workers)
            for worker, told in zip(workers, await asyncio.gather(*looks), strict=True):
                if "nbytes" in told:
                    sized = (told["changed"], told["nbytes"], told["sha256"])
                    return FarFile(self._scheduler, worker, where, *sized)
        raise NotAFileError(
            f"task {task_id!r} of run {run_id!r} has no file {name!r}, neither here nor on a worker"
        )

    async def text(self, run_id: str, task_id: str, name: str) -> Any:
        """Return what a file of JSON says; None if there is none."""
        try:
            found = await self.open(run_id, task_id, name)
        except NotAFileError:
            return None
        try:
            data = await found.read(0, min(found.nbytes, 16 * PIECE))
        except ResultLostError:
            return None
        finally:
            found.close()
        with suppress(ValueError):
            return await asyncio.to_thread(json.loads, data)
        return None

    async def names(self, run_id: str, task_id: str) -> dict[str, int]:
        """Return how long each file of a task is that somebody has."""
        found: dict[str, int] = {}
        for workers in _batches(self._workers(run_id, task_id)):
            lists = (
                _ask(
                    self._scheduler, worker, "maze_list_files", _SECONDS,
                    run_id=run_id, task_id=task_id,
                )
                for worker in workers
            )  # fmt: skip
            for told in await asyncio.gather(*lists):
                found = {**told.get("files", {}), **found}
        return {**found, **await asyncio.to_thread(self._own_names, run_id, task_id)}

    def _own(self, run_id: str, task_id: str, name: str) -> OwnFile:
        number = open_inside(self.root, (file_name(run_id), file_name(task_id)), name)
        try:
            found = digest_of(f"/dev/fd/{number}")
        except BaseException:
            os.close(number)
            raise
        return OwnFile(number, found.nbytes, found.sha256)

    def _own_names(self, run_id: str, task_id: str) -> dict[str, int]:
        found: dict[str, int] = {}
        parts = (file_name(run_id), file_name(task_id))
        with suppress(NotAFileError), folder_inside(self.root, parts) as folder:
            for inside, _, names, number in os.fwalk(".", dir_fd=folder):
                for name in names:
                    with suppress(OSError):
                        known = os.stat(name, dir_fd=number, follow_symlinks=False)
                        if stat.S_ISREG(known.st_mode):
                            found[Path(inside, name).as_posix()] = known.st_size
        return found

    def _workers(self, run_id: str, task_id: str) -> list[str]:
        """Return one worker for each folder for results, that of the task's own worker first."""
        members = self._conductor.crew.members
        run = self._conductor.runs.get(run_id)
        task = run.tasks.get(TaskId(task_id)) if run is not None else None
        ran_on = task.slot_id if task is not None else None
        order = sorted(members, key=lambda worker: worker != ran_on)
        seen = dict[tuple[str, str], str]()
        for worker in order:
            member = members[worker]
            if not member.hello.fault:
                seen.setdefault((member.host, member.hello.results_dir), worker)
        return list(seen.values())

    async def _look(self, worker: str, where: dict[str, str]) -> dict[str, Any]:
        return await _ask(self._scheduler, worker, "maze_look_at_file", _LOOK_SECONDS, **where)


def _batches(workers: list[str]) -> Iterable[list[str]]:
    """Yield the first worker alone, as it mostly has what is sought, and then many at once."""
    if workers:
        yield workers[:1]
    for start in range(1, len(workers), _AT_ONCE):
        yield workers[start : start + _AT_ONCE]


async def _ask(
    scheduler: Scheduler, worker: str, operation: str, seconds: float, **arguments: Any
) -> dict[str, Any]:
    try:
        answer = await asyncio.wait_for(
            getattr(scheduler.rpc(worker), operation)(**arguments), seconds
        )
    except (OSError, TimeoutError) as error:
        return {"error": f"{worker} does not answer ({error!r})"}
    return answer if isinstance(answer, dict) else {"error": f"{worker} has no Maze"}
