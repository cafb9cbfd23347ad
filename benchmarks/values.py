"""How often a 400 MB array of the program crosses to a cluster, and what it costs.

Five tasks on two workers read it, in one run and again in five; then it is changed in place. Beside
the times stands what one handing over of the pickled array costs by itself.

    python benchmarks/values.py [--megabytes 400] [--no-shared-disk]

With ``--no-shared-disk`` what is shared is not looked at, so that it travels through connections as
to a cluster elsewhere.
"""

from __future__ import annotations

import argparse
import os
import pickle
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil


def total(array: np.ndarray, number: int) -> float:
    """Read all of an array."""
    return float(array.sum()) + number


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--no-shared-disk", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maze-values-") as folder:
        os.environ["MAZE_HOME"] = folder
        os.environ["DASK_MAZE__SLOTS"] = "2"
        _measure(given.megabytes, Path(folder), is_apart=given.no_shared_disk)


def _measure(megabytes: int, folder: Path, *, is_apart: bool) -> None:
    from maze_nb import MaClient

    array = np.random.default_rng(0).random(megabytes * 2**17)
    memory = psutil.Process().memory_info().rss
    with MaClient() as client:
        if is_apart:
            # A home of its own for what this process keeps, as on another machine.
            client._handover._here.root = folder / "here"
            client._handover._put = lambda *_: False  # type: ignore[method-assign]
            os.environ["MAZE_HOME"] = str(folder / "here")
        _tell("pickling it once", lambda: len(pickle.dumps(array, protocol=5)))
        _tell("the first run, five tasks", lambda: _run(client, array))
        for number in range(2, 6):
            _tell(f"run {number}, five tasks", lambda: _run(client, array))
        crossed = _crossed(client, folder)
        array[7] = -1.0
        _tell("changed in place, five tasks", lambda: _run(client, array))
        for name, nbytes in (("five runs", crossed), ("and the change", _crossed(client, folder))):
            print(f"{name + ':':32}{nbytes / 2**20:10.1f} MB crossed")
        grown = psutil.Process().memory_info().rss - memory
        print(f"{'this process grew by':32}{grown / 2**20:10.1f} MB")
        store = sum(path.stat().st_size for path in folder.glob("runs.db*"))
        print(f"{'the run store has':32}{store / 2**20:10.1f} MB")


def _run(client: Any, array: np.ndarray) -> None:
    workflow = client.create_workflow()
    for number in range(5):
        workflow.add_task(total, {"array": array, "number": number})
    run = client.get_run(workflow.run())
    run.wait(600)
    assert run.status == "succeeded"


def _crossed(client: Any, folder: Path) -> int:
    """Return the bytes that left this process: through the connection, or into shared files."""
    sent = sum(nbytes for name, nbytes in client._handover.sent if name.startswith("values/"))
    written = sum(path.stat().st_size for path in (folder / "values").glob("[0-9a-f]*"))
    return sent or written


def _tell(what: str, do: Callable[[], object]) -> None:
    started = time.perf_counter()
    do()
    print(f"{what + ':':32}{time.perf_counter() - started:10.2f} s")


if __name__ == "__main__":
    main()
