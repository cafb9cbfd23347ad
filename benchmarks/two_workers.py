"""A separate scheduler with workers, as a person would start them by hand."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from distributed import Client


@contextlib.contextmanager
def two_workers(
    *resources: str, threads: int = 1, count: int = 2, timeout: float = 60, store: str = ""
) -> Iterator[str]:
    """Start a scheduler and `count` workers; yield the scheduler's address.

    Parameters
    ----------
    resources
        What the workers declare, one after the other; the last goes for those that remain.
    store
        The setting ``maze.store`` of the scheduler; by default a file of its own.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        file = Path(folder) / "scheduler.json"
        environment = {**os.environ, "MAZE_HOME": folder}
        if store:
            environment["DASK_MAZE__STORE"] = store
        start = functools.partial(_start, stack, folder, environment)
        start(
            "dask",
            "scheduler",
            "--port",
            "0",
            "--no-dashboard",
            "--host",
            "127.0.0.1",
            "--scheduler-file",
            str(file),
        )
        for index in range(count):
            declared = resources[min(index, len(resources) - 1)] if resources else ""
            start(
                "dask-worker",
                "--scheduler-file",
                str(file),
                "--nthreads",
                str(threads),
                "--name",
                f"node-{index}",
                "--no-dashboard",
                "--host",
                "127.0.0.1",
                "--memory-limit",
                "2GiB",
                "--no-nanny",
                *(["--resources", declared] if declared else []),
            )
        deadline = time.monotonic() + timeout
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        with Client(scheduler_file=str(file), timeout=timeout, set_as_default=False) as client:
            client.wait_for_workers(count, timeout)
            address = client.scheduler.address
        yield address


def _start(
    stack: contextlib.ExitStack,
    folder: str,
    environment: dict[str, str],
    command: str,
    *arguments: str,
) -> None:
    process = subprocess.Popen(
        [Path(sys.executable).with_name(command), *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    stack.callback(_stop, process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
