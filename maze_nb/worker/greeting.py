"""What a worker process says of itself when it joins."""

from __future__ import annotations

from distributed.worker import Worker

from maze_nb.errors import MazeError
from maze_nb.model.declared import check_declared
from maze_nb.version import __version__
from maze_nb.wire.submission import WorkerHello
from maze_nb.worker import showing, streams
from maze_nb.worker.files.named_files import NamedFiles
from maze_nb.worker.files.result_files import ResultFiles
from maze_nb.worker.files.results import results_folder
from maze_nb.worker.heartbeat import Heart
from maze_nb.worker.identity import read_identity
from maze_nb.worker.notices import Notices
from maze_nb.worker.nvml import MB
from maze_nb.worker.probe import offered_devices, probe_cores, probe_memory


def install(worker: Worker, version: str) -> tuple[Notices, Heart, WorkerHello]:
    """Set up a worker's notices and heartbeats and return them with its greeting.

    From now on it answers calls for files of its results, and its tasks have logs.

    Parameters
    ----------
    version
        The version of Maze that the scheduler runs.
    """
    hello = greeting(worker, version)
    notices = Notices(worker, hello.node_id, hello.results_dir)
    worker.handlers.update(ResultFiles(notices.results.folder).handlers)
    worker.handlers.update(NamedFiles(notices.results.folder).handlers)
    streams.install()
    showing.install()
    return notices, Heart(worker, notices, hello), hello


def greeting(worker: Worker, version: str) -> WorkerHello:
    """Return what is told of a worker; a fault is part of it, never raised."""
    if version != __version__:
        fault = (
            f"worker {worker.address} has maze_nb {__version__} but the scheduler has {version}: "
            f"install the same version on both"
        )
        return WorkerHello(worker.address, __version__, fault=fault)
    try:
        return _hello(worker)
    except (MazeError, ValueError) as error:
        return WorkerHello(worker.address, __version__, fault=f"{worker.address}: {error}")


def _hello(worker: Worker) -> WorkerHello:
    known = read_identity()
    for_dask = {name: float(value) for name, value in worker.state.total_resources.items()}
    declared = {**for_dask, **known.declared}
    check_declared(declared)
    shared = bool(known.node_id)
    return WorkerHello(
        worker=worker.address,
        version=__version__,
        node_id=known.node_id or str(worker.name),
        cores=declared.get("CPU", probe_cores() if shared else float(worker.state.nthreads)),
        memory=declared.get("MEM", probe_memory() if shared else _limit(worker)),
        devices=offered_devices(declared),
        declared=for_dask,
        tags=known.tags,
        results_dir=str(results_folder(known.results_dir)),
        ends=known.ends,
        beat=known.beat,
    )


def _limit(worker: Worker) -> float:
    limit = worker.memory_manager.memory_limit
    return limit / MB if limit else probe_memory()
