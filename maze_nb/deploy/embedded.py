"""The embedded cluster: a scheduler in this process and slots in one subprocess."""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from distributed import Scheduler, SpecCluster
from distributed.utils import silence_logging_cmgr

from maze_nb import config
from maze_nb.deploy.slot_host import SlotHost, core_count
from maze_nb.errors import ConnectionFailedError

_POLL_SECONDS = 0.01


class EmbeddedCluster(SpecCluster):
    """A Dask cluster on this machine, listening on the loopback address only.

    The slots run in a subprocess of their own and not in children forked or spawned from this
    process, so a plain script needs no ``if __name__ == "__main__"``. It ends with this process.

    Parameters
    ----------
    slots
        How many worker processes; by default the setting ``maze.slots``, or one for each core.
    dashboard_address
        Where Dask's pages are served, such as ``127.0.0.1:8787``; another port if that is taken.
    worker_options
        More options for ``dask worker``.
    echo
        Where the workers' output goes, beside the error of workers that do not start.

    Raises
    ------
    ConnectionFailedError
        No worker joined in the time of the setting ``maze.start-timeout``; the message ends with
        what the workers wrote last.
    """

    def __init__(
        self,
        slots: int | None = None,
        *,
        dashboard_address: str = "127.0.0.1:0",
        worker_options: Sequence[str] = (),
        echo: IO[str] | None = None,
    ) -> None:
        timeout = config.start_timeout()
        count = slots or config.slots() or core_count()
        self.host = SlotHost(count, timeout, worker_options, echo)
        try:
            with _silent_of_slow_disks():
                super().__init__(  # type: ignore[no-untyped-call]
                    scheduler={"cls": Scheduler, "options": _scheduler_options(dashboard_address)},
                    name="maze-embedded",
                    silence_logs=logging.WARNING,
                )
        except BaseException:
            self.host.close()
            raise
        try:
            self.host.join(self.scheduler_address)
            self._wait_for_slot(timeout)
        except BaseException:
            self.close()
            raise

    @property
    def slots(self) -> int:
        """How many worker processes there are to be."""
        return self.host.slots

    def close(self, timeout: float | None = None) -> None:
        """End the slots, then the scheduler; called at exit for clusters still running."""
        # The scheduler would warn of every result lost with a slot, which is what is wanted here.
        with silence_logging_cmgr(logging.ERROR):
            self.host.close()
            super().close(timeout)

    def _wait_for_slot(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        scheduler = self.scheduler
        assert scheduler is not None
        while not scheduler.workers:
            if not self.host.is_running() or time.monotonic() > deadline:
                raise ConnectionFailedError(_failure(self.host, timeout))
            time.sleep(_POLL_SECONDS)


def start_embedded(slots: int | None = None) -> EmbeddedCluster:
    """Start an embedded cluster and return as soon as its first slot has joined.

    Parameters
    ----------
    slots
        How many worker processes; by default the setting ``maze.slots``, or one for each core.
    """
    return EmbeddedCluster(slots)


class _Shared:
    """The one embedded cluster of this process; a fork of this process has none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._cluster: EmbeddedCluster | None = None
        self._pid = 0

    def get(self) -> EmbeddedCluster:
        with self._lock:
            if not self.is_running():
                self._cluster, self._pid = start_embedded(), os.getpid()
            assert self._cluster is not None
            return self._cluster

    def is_running(self) -> bool:
        cluster = self._cluster
        return cluster is not None and self._pid == os.getpid() and cluster.status.name == "running"


_shared = _Shared()


def embedded_cluster() -> EmbeddedCluster:
    """Return the embedded cluster of this process, started when first asked for."""
    return _shared.get()


def has_embedded() -> bool:
    """Return whether this process has an embedded cluster by now."""
    return _shared.is_running()


@contextmanager
def _silent_of_slow_disks() -> Iterator[None]:
    """Drop what Dask warns of where a folder took long to make: a busy machine is no fault."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Creating scratch directories is taking", UserWarning)
        yield


def _scheduler_options(dashboard_address: str) -> dict[str, Any]:
    return {
        "protocol": "tcp",
        "host": "127.0.0.1",
        "port": 0,
        "dashboard": True,
        "dashboard_address": dashboard_address,
    }


def _failure(host: SlotHost, timeout: float) -> str:
    what = (
        f"did not join within {timeout:g} s" if host.is_running() else "ended before one had joined"
    )
    return (
        f"the workers of the embedded cluster {what}. Give them more time with the setting "
        "maze.start-timeout, or attach to a running scheduler: MaClient('tcp://host:8786'). "
        f"The workers wrote last:\n{host.log_tail() or '(nothing)'}"
    )
