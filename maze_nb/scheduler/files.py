"""The files of stored outputs, which workers can see and clients far away cannot."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.errors import ResultLostError
from maze_nb.model.output import StoredFile
from maze_nb.scheduler.crew import Crew

logger = logging.getLogger(__name__)

PIECE = 2**26
"""The bytes that are read at once."""
_SUFFIX = ".value"
_SECONDS = 60.0


class Files:
    """Reads and removes files by way of the workers that can see them."""

    def __init__(self, scheduler: Scheduler, crew: Crew) -> None:
        self._scheduler = scheduler
        self._crew = crew

    async def read(self, stored: StoredFile, offset: int) -> dict[str, Any]:
        """Return a piece of a file from `offset` on, and the size of the whole.

        Raises
        ------
        ResultLostError
            If nobody here can see it.
        """
        told = []
        for worker in self._by_nearness(stored):
            answer = await self._ask(
                worker, "maze_read_file", path=stored.path, offset=offset, length=PIECE
            )
            if "data" in answer:
                return answer
            told.append(f"{worker}: {answer.get('error')}")
        try:
            return await asyncio.to_thread(_piece, Path(stored.path), offset)
        except OSError as error:
            told.append(f"the scheduler: {error}")
        raise ResultLostError(
            f"the file {stored.path} on {stored.host} cannot be read ("
            f"{'; '.join(told) or 'no worker is there'}): if its node is gone for good, "
            f"run.rerun(failed_only=True) computes again what was in it"
        )

    async def drop(self, run_ids: list[str]) -> None:
        """Remove the files of runs wherever they are in sight."""
        seen = {
            (member.host, member.hello.results_dir): worker
            for worker, member in self._crew.members.items()
            if not member.hello.fault
        }
        await asyncio.gather(
            *(self._ask(worker, "maze_drop_results", run_ids=run_ids) for worker in seen.values())
        )

    def _by_nearness(self, stored: StoredFile) -> Iterator[str]:
        """Yield a worker of the file's node, then one of each machine."""
        near = [m.hello.worker for m in self._crew.of_node(stored.node_id)]
        yield from near[:1]
        hosts = {member.host: worker for worker, member in self._crew.members.items()}
        yield from (worker for worker in hosts.values() if worker not in near[:1])

    async def _ask(self, worker: str, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer = await asyncio.wait_for(
                getattr(self._scheduler.rpc(worker), operation)(**arguments), _SECONDS
            )
        except (OSError, TimeoutError) as error:
            logger.info("Worker %s did not answer: %r", worker, error)
            return {"error": f"it does not answer ({error!r})"}
        return answer if isinstance(answer, dict) else {"error": "it has no Maze"}


def _piece(path: Path, offset: int) -> dict[str, Any]:
    if path.suffix != _SUFFIX:
        raise OSError("that is no stored output")
    with path.open("rb") as file:
        file.seek(offset)
        return {"data": file.read(PIECE), "size": path.stat().st_size}
