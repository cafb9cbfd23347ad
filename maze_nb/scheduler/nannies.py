"""The nannies of workers, which are to tell how the processes of their workers end."""

from __future__ import annotations

import asyncio
import logging

from distributed.scheduler import Scheduler

logger = logging.getLogger(__name__)

_NAME = "maze-nanny"


class Nannies:
    """Sends each nanny a plugin: those that start later as they do, all others here.

    Dask's own way waits without bound for nannies that start, and logs errors for those that end
    meanwhile, as all do when a cluster is closed.

    Parameters
    ----------
    plugin
        What is sent, pickled; a nanny may get it twice.
    """

    def __init__(self, scheduler: Scheduler, plugin: bytes) -> None:
        self._scheduler = scheduler
        self._plugin = plugin
        self._told: set[str] = set()
        self._at_work: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Send it to the nannies of all workers that are there."""
        self._scheduler.nanny_plugins[_NAME] = self._plugin
        for worker in self._scheduler.workers.values():
            self.tell(worker.nanny)

    def tell(self, nanny: str | None) -> None:
        """Send it to the nanny of a worker, if it has one that was not sent it yet."""
        if not nanny or nanny in self._told:
            return
        self._told.add(nanny)
        work = asyncio.get_running_loop().create_task(self._send(nanny))
        self._at_work.add(work)
        work.add_done_callback(self._at_work.discard)

    def close(self) -> None:
        """Send nothing more."""
        for work in self._at_work:
            work.cancel()

    async def _send(self, nanny: str) -> None:
        try:
            await self._scheduler.rpc(addr=nanny).plugin_add(plugin=self._plugin, name=_NAME)
        except OSError as error:
            logger.info("Nanny %s could not be reached: %s", nanny, error)
