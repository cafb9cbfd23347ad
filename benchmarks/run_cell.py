"""How long ``%%maze_task --run`` takes to return, beside a plain ``client.submit``.

Each cell is edited before it is run, reads a notebook function, a small variable and what another
task cell makes, and runs on the embedded cluster. Run as ``python benchmarks/run_cell.py``; with
``--profile`` it tells where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable

ROUNDS = 40
WARM_UP = 5


def measured(call: Callable[[int], object]) -> list[float]:
    """Return the milliseconds that each of `ROUNDS` calls took, after some that warm up."""
    found = []
    for number in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        call(number)
        found.append((time.perf_counter() - began) * 1000)
        # What was submitted is to be over: it is not the cluster that is measured.
        time.sleep(0.1)
    return found[WARM_UP:]


def main() -> None:
    """Print the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    os.environ["MAZE_HOME"] = os.environ["IPYTHONDIR"] = tempfile.mkdtemp(prefix="maze-bench-")

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    from maze_nb.magics import load_ipython_extension
    from maze_nb.sdk.workflow_graph import WorkflowGraph

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)
    load_ipython_extension(shell)

    def run(source: str) -> None:
        with capture_output():
            found = shell.run_cell(source)
        found.raise_error()

    run("scale = 3\ndef scaled(v): return v * scale")
    run("%%maze_task load --run\nrows = [1, 2, 3]")
    run("%maze_wait")
    client = shell.magics_manager.registry["MazeMagics"].session.client

    def plain(number: int) -> None:
        workflow = WorkflowGraph("plain")
        workflow.add_task(lambda: number)
        client.submit(workflow, fail_fast=False, cache=False)

    def cell(number: int) -> None:
        run(f"%%maze_task fit --run\nfitted = [scaled(row) + {number} for row in rows]")

    plain_ms = statistics.median(measured(plain))
    profile = cProfile.Profile()
    if asked.profile:
        profile.enable()
    times = measured(cell)
    profile.disable()
    cell_ms = statistics.median(times)
    print(f"client.submit        {plain_ms:7.1f} ms")
    print(f"%%maze_task --run    {cell_ms:7.1f} ms   (longest {max(times):.1f} ms)")
    print(f"ratio                {cell_ms / plain_ms:7.1f}")
    if asked.profile:
        pstats.Stats(profile).sort_stats("cumulative").print_stats(40)
    client.close()


if __name__ == "__main__":
    main()
