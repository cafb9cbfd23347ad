"""What a worker process says of itself when it joins."""

from __future__ import annotations

import os

from distributed.worker import Worker

from maze_nb.errors import MazeError
from maze_nb.version import __version__
from maze_nb.wire.submission import WorkerHello
from maze_nb.worker.notices import Notices
from maze_nb.worker.probe import (
    MB,
    offered_devices,
    probe_cores,
    probe_memory,
)

NODE_ID_VARIABLE = "MAZE_NODE_ID"
"""Worker processes in whose environment this has the same value share one node's capacity."""


def install(worker: Worker, version: str) -> tuple[Notices, WorkerHello]:
    """Set up a worker's notices and return them with its greeting.

    Parameters
    ----------
    version
        The version of Maze that the scheduler runs.
    """
    hello = greeting(worker, version)
    return Notices(worker, hello.node_id), hello


def greeting(worker: Worker, version: str) -> WorkerHello:
    """Return what is told of a worker; a fault is part of it, never raised."""
    declared = {name: float(value) for name, value in worker.state.total_resources.items()}
    shared = os.environ.get(NODE_ID_VARIABLE, "")
    if version != __version__:
        fault = (
            f"worker {worker.address} has maze_nb {__version__} but the scheduler has {version}: "
            f"install the same version on both"
        )
        return WorkerHello(worker.address, __version__, fault=fault)
    try:
        devices = offered_devices(declared)
    except MazeError as error:
        return WorkerHello(worker.address, __version__, fault=f"{worker.address}: {error}")
    return WorkerHello(
        worker=worker.address,
        version=__version__,
        node_id=shared or str(worker.name),
        cores=declared.get("CPU", probe_cores() if shared else float(worker.state.nthreads)),
        memory=declared.get("MEM", probe_memory() if shared else _limit(worker)),
        devices=devices,
        declared=declared,
    )


def _limit(worker: Worker) -> float:
    limit = worker.memory_manager.memory_limit
    return limit / MB if limit else probe_memory()
