"""The Dask worker plugin, in a form that arrives whole where Maze is not installed.

A worker without Maze must still join the cluster for ordinary Dask work, so this class travels by
value and imports Maze only once it is there.
"""

from __future__ import annotations

from typing import Any

import cloudpickle
from distributed.diagnostics.plugin import WorkerPlugin


class MazeWorkerPlugin(WorkerPlugin):
    """Installs the worker half of Maze and greets the scheduler.

    Parameters
    ----------
    version
        The version of Maze that the scheduler runs.
    """

    name = "maze-worker"
    idempotent = True

    def __init__(self, version: str) -> None:
        self.version = version
        self.notices: Any = None

    async def setup(self, worker: Any) -> None:
        """Greet the scheduler, also with the reason why this worker cannot take tasks."""
        try:
            from maze_nb.wire.submission import encode
            from maze_nb.worker.greeting import install
        except ImportError as error:
            await worker.scheduler.maze_no_worker(
                worker=worker.address,
                fault=f"worker {worker.address} cannot import maze_nb ({error}): "
                f"install maze-nb {self.version} there",
            )
            return
        self.notices, hello = install(worker, self.version)
        worker.stream_handlers["maze-stop"] = self.notices.stop
        await worker.scheduler.maze_worker(hello=encode(hello))


def pickled_plugin(version: str) -> bytes:
    """Return the plugin as bytes that need no Maze to be read."""
    from maze_nb.worker import plugin as here

    cloudpickle.register_pickle_by_value(here)
    try:
        data: bytes = cloudpickle.dumps(MazeWorkerPlugin(version))
        return data
    finally:
        cloudpickle.unregister_pickle_by_value(here)
