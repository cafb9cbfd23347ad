"""How a worker and its machine are doing, told again and again."""

from __future__ import annotations

import asyncio
import logging
import os

import psutil
from distributed.worker import Worker

from maze_nb.wire.submission import DeviceLoad, Heartbeat, WorkerHello, encode
from maze_nb.worker.foreign import ForeignMemory
from maze_nb.worker.memory import process_memory
from maze_nb.worker.notices import Notices
from maze_nb.worker.nvml import MB, device_use

logger = logging.getLogger(__name__)

HEARTBEAT = "maze-heartbeat"
_FIRST = 0.1


class Heart:
    """Sends heartbeats from the time it is started until it is stopped.

    Parameters
    ----------
    hello
        What the worker said of itself: its node, its devices, how often to send.
    """

    def __init__(self, worker: Worker, notices: Notices, hello: WorkerHello) -> None:
        self._worker = worker
        self._notices = notices
        self._seconds = hello.beat
        self._foreign = ForeignMemory(hello.node_id, hello.devices)
        self._has_devices = bool(hello.devices)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; to be called in the event loop of the worker."""
        cpu_load()
        self._task = asyncio.create_task(self._go_on())

    def stop(self) -> None:
        """Send no more."""
        if self._task is not None:
            self._task.cancel()

    def measure(self) -> Heartbeat:
        """Return how the worker is doing now; takes some milliseconds."""
        memory = psutil.virtual_memory()
        own = (os.getpid(), *self._notices.children.pids)
        return Heartbeat(
            worker=self._worker.address,
            cpu=cpu_load(),
            memory=(memory.total - memory.available) / MB,
            process_memory=sum(map(process_memory, own)),
            tasks=self._notices.active,
            devices=self._devices() if self._has_devices else (),
        )

    def _devices(self) -> tuple[DeviceLoad, ...]:
        uses = device_use()
        taken = self._foreign(uses)
        return tuple(
            DeviceLoad(index, uses[index].used, squeezed, uses[index].load)
            for index, squeezed in taken.items()
        )

    async def _go_on(self) -> None:
        pause = min(_FIRST, self._seconds)
        while True:
            await asyncio.sleep(pause)
            pause = self._seconds
            try:
                beat = await asyncio.to_thread(self.measure)
            except Exception:
                logger.exception("a heartbeat of this worker could not be made")
                continue
            self._worker.batched_send({"op": HEARTBEAT, "data": encode(beat)})


def cpu_load() -> float:
    """Return the load of the cores this process may use since it was last asked, from 0 to 1."""
    loads: list[float] = psutil.cpu_percent(percpu=True)
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(len(loads))
    mine = [loads[core] for core in usable if core < len(loads)] or loads
    return min(sum(mine) / max(len(mine), 1) / 100, 1.0)
