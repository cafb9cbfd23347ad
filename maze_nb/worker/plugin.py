"""The Dask plugins for workers and nannies, in a form that arrives where Maze is not installed.

A worker without Maze must still join the cluster for ordinary Dask work, so these classes travel by
value and import Maze only once they are there.
"""

from __future__ import annotations

import logging
import pickle
from functools import partial
from pathlib import Path
from typing import Any

import cloudpickle
from distributed.diagnostics.plugin import NannyPlugin, WorkerPlugin


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
        self.heart: Any = None

    async def setup(self, worker: Any) -> None:
        """Greet the scheduler, also with the reason why this worker cannot take tasks."""
        try:
            from maze_nb.artifacts.bandwidth import share_in
            from maze_nb.wire.submission import encode
            from maze_nb.worker.greeting import install
            from maze_nb.worker.load import forget_inputs
            from maze_nb.worker.scheduler_gateway import find_gateway
        except ImportError as error:
            await worker.scheduler.maze_no_worker(
                worker=worker.address,
                fault=f"worker {worker.address} cannot import maze_nb ({error}): "
                f"install maze-nb {self.version} there",
            )
            return
        self.notices, self.heart, hello = install(worker, self.version)
        share_in(Path(worker.local_directory))
        worker.stream_handlers["maze-stop"] = self.notices.stop
        worker.stream_handlers["maze-cut"] = partial(forget_inputs, worker)
        worker.stream_handlers["maze-yield"] = self.notices.yield_devices
        await worker.scheduler.maze_worker(hello=encode(hello))
        if not hello.fault:
            self.heart.start()
            await find_gateway(worker)

    def teardown(self, worker: Any) -> None:
        """Say good-bye; end the heartbeats and all child processes."""
        if self.notices is not None:
            from maze_nb.worker import streams

            worker.batched_send({"op": "maze-leaving"})
            self.heart.stop()
            self.notices.close()
            streams.uninstall()


class MazeNannyPlugin(NannyPlugin):
    """Tells the scheduler how the process of a worker ended."""

    name = "maze-nanny"
    idempotent = True

    def setup(self, nanny: Any) -> None:
        """Listen to the ends of this nanny's worker processes, now and later."""
        try:
            from maze_nb.worker.children.exits import exit_text, oom_kills, was_out_of_memory
        except ImportError:
            return
        hear = getattr(nanny, "_on_worker_exit_sync", None)
        if hear is None or "_on_worker_exit_sync" in vars(nanny):
            return  # it has no such method any more, or listens already
        kills, ended = oom_kills(), _ended_for_memory(nanny)

        def tell(code: int) -> None:
            nonlocal kills, ended
            why = ""
            if _ended_for_memory(nanny) != ended:
                why = ": its nanny ended it, as it used more than its memory limit"
            elif was_out_of_memory(code, kills):
                why = ": the kernel was out of memory"
            kills, ended = oom_kills(), _ended_for_memory(nanny)
            if code != 0:
                nanny._ongoing_background_tasks.call_soon(send, f"{exit_text(code)}{why}")
            hear(code)

        async def send(text: str) -> None:
            try:
                await nanny.scheduler.maze_worker_exit(nanny=nanny.address, text=text)
            except OSError as error:
                logging.getLogger("distributed.nanny").info(
                    "The end of a worker process could not be told: %s", error
                )

        nanny._on_worker_exit_sync = tell
        if nanny.process is not None:
            nanny.process.on_exit = tell


def _ended_for_memory(nanny: Any) -> Any:
    """Return the process that a nanny ended last since it used too much memory."""
    return getattr(nanny.memory_manager, "_last_terminated_pid", None)


def pickled_plugins(version: str) -> tuple[bytes, bytes, bytes]:
    """Return the plugins for workers and for nannies, and what loads stored outputs, as bytes.

    Those of the plugins need no Maze to be read.
    """
    from maze_nb.worker import plugin as here
    from maze_nb.worker.load import load_outputs

    cloudpickle.register_pickle_by_value(here)
    try:
        return (
            cloudpickle.dumps(MazeWorkerPlugin(version)),
            cloudpickle.dumps(MazeNannyPlugin()),
            pickle.dumps(load_outputs),
        )
    finally:
        cloudpickle.unregister_pickle_by_value(here)
