"""Runs under random ``kill -9``: one seed, or many of them with a table.

Every decision comes from the seed; of the times at which it takes effect the machine has a say.
So what failed once may have to be repeated a few times.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from scenario import Scenario


def try_seed(seed: int, words: argparse.Namespace) -> dict[str, int] | None:
    """Carry one seed through; return what was counted, or None after saying what is wrong."""
    folder = Path(tempfile.mkdtemp(prefix=f"maze-chaos-{seed}-"))
    scenario = Scenario(seed, folder, runs=words.runs, tasks=words.tasks, rounds=words.rounds)
    counts = None
    try:
        counts = scenario.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, what led to it is to be seen
        scenario.processes.end_at_once()
        print(f"{scenario.dump()}\n\nseed {seed} failed, see {folder}:\n{error!r:.20}…\n{error}")
    finally:
        scenario.processes.end_at_once()
        if counts is not None and not words.keep:
            shutil.rmtree(folder)
    return counts


def show(counts: dict[str, int], *, is_first: bool) -> None:
    """Print a row of the table, after its head if it is the first."""
    if is_first:
        print("  ".join(counts))
    print("  ".join(f"{number:>{len(name)}}" for name, number in counts.items()), flush=True)


def main() -> int:
    """Try seeds until one fails; say how to repeat it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after the other")
    parser.add_argument("--runs", type=int, default=2, help="how many runs at the same time")
    parser.add_argument("--tasks", type=int, default=200, help="how many tasks each")
    parser.add_argument("--rounds", type=int, default=2, help="how many schedulers are killed")
    parser.add_argument("--keep", action="store_true", help="keep what was written, also if well")
    words = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    for seed in range(words.seed, words.seed + words.seeds):
        counts = try_seed(seed, words)
        if counts is None:
            again = f"--seed {seed} --runs {words.runs} --tasks {words.tasks}"
            print(f"repeat it: {sys.executable} {__file__} {again} --rounds {words.rounds}")
            return 1
        show(counts, is_first=seed == words.seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
