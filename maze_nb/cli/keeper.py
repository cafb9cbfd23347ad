"""The program that ``maze-nb up`` leaves running: a cluster, until a signal ends it."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

import click

from maze_nb.cli.scheduler_preload import install
from maze_nb.cli.signals import end_in_time
from maze_nb.deploy.embedded import EmbeddedCluster
from maze_nb.deploy.end_kept import LEAVE_SECONDS
from maze_nb.deploy.kept import (
    KeptCluster,
    drop_kept,
    is_described,
    log_file,
    process_start,
    write_kept,
)
from maze_nb.deploy.kept_log import trim_log
from maze_nb.errors import MazeError

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_LEFTOVERS = ("--preload-nanny", "maze_nb.deploy.leftovers")


@click.command()
@click.option("--slots", type=int)
@click.option("--dashboard-address", required=True)
@click.argument("lock", type=int)
def main(slots: int | None, dashboard_address: str, lock: int) -> None:
    """Keep a cluster until a signal ends this process; LOCK is the open lock file."""
    # What this process starts may outlive it for a moment, and the lock must not.
    os.set_inheritable(lock, False)
    # Tasks find the modules beside the notebooks, which do not hide those of Python or Dask.
    sys.path.append(str(Path.cwd()))
    logging.basicConfig(format="%(asctime)s - %(name)s - %(levelname)s - %(message)s")
    asked = _hear_signals()
    try:
        with EmbeddedCluster(
            slots,
            dashboard_address=dashboard_address,
            worker_options=_LEFTOVERS,
            echo=sys.stderr,
        ) as cluster:
            cluster.sync(install, cluster.scheduler)
            _keep(cluster, asked)
    except (MazeError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _keep(cluster: EmbeddedCluster, asked: threading.Event) -> None:
    """Describe the cluster to those who look for it, until a signal or a client ends it."""
    kept = _describe(cluster)
    write_kept(kept)
    try:
        while not asked.wait(_LOOK_SECONDS) and cluster.status.name == "running":
            # A full disk or a home that was removed is no reason to end what runs.
            with suppress(OSError):
                trim_log(log_file())
                if not is_described(kept):
                    write_kept(kept)
            if not cluster.host.is_running():
                raise MazeError("the process that hosts the workers has ended")
    finally:
        drop_kept(kept)


def _describe(cluster: EmbeddedCluster) -> KeptCluster:
    pid = os.getpid()
    start = process_start(pid)
    assert start is not None
    return KeptCluster(
        address=cluster.scheduler_address,
        pid=pid,
        process_start=start,
        dashboard=cluster.dashboard_link,
        slots=cluster.slots,
        log=str(log_file()),
    )


def _hear_signals() -> threading.Event:
    """Return what is set once a signal asks this process to end."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    end_in_time(LEAVE_SECONDS)
    return asked


if __name__ == "__main__":
    main()
