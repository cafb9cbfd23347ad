"""Runs under random ``kill -9``: one seed, or many of them with a table.

Every decision comes from the seed; of the times at which it takes effect the machine has a say.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import checks
import dag
from kills import Kill, draw_kills
from processes import ChaosError, Processes
from stuck import states_of_unfinished

from maze_nb import MaClient
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import MazeError

POLL = 0.005
STILL_SECONDS = 40.0
"""Without any progress for so long, something hangs."""
MOMENT_SECONDS = 5.0
END_SECONDS = 60.0
WORKERS = 3
TAIL = 2500


class Scenario:
    """One chaos test.

    Parameters
    ----------
    seed
        What all decisions come from.
    folder
        Where everything is written.
    runs
        How many clients begin a run each; those with odd numbers use the result cache, and of
        them all have the same graph.
    """

    def __init__(self, seed: int, folder: Path, *, runs: int, tasks: int, rounds: int) -> None:
        self.seed, self.folder, self.tasks = seed, folder, tasks
        self.graphs = [f"{seed} {'cached' if n % 2 else n}" for n in range(runs)]
        self.nodes = {graph: dag.draw(graph, tasks) for graph in self.graphs}
        self.plan = draw_kills(seed, rounds, tasks * len(self.nodes))
        self.kills: Counter[str] = Counter()
        self.processes = Processes(folder)
        self.story: list[str] = []
        self._done: set[int] = set()
        self._resumed_before: set[Path] = set()
        self._began = time.monotonic()
        self._scheduler_began = 0.0

    def run(self) -> str:
        """Carry the test through, and return one line of counts.

        Raises
        ------
        ChaosError
            With all that is wrong.
        """
        self.processes.start_scheduler()
        for number in range(WORKERS):
            self.processes.start_worker(number)
        for number in range(len(self.graphs)):
            self._start_client(number)
        self._go_on()
        os.environ[HOME_VARIABLE] = str(self.folder / "home-reader")
        with MaClient(self.processes.address) as client:
            self._end_all_runs(client)
            faults = [*self._look_at_runs(client)]
            live = {run.run_id: _messages(client, run.run_id) for run in client.runs()}
        self.processes.end()
        faults += self._look_at_store(live)
        faults += checks.check_seen(self.folder, _as_told(live))
        for home in self.folder.glob("home*"):
            faults += checks.check_left(home)
        if faults:
            raise ChaosError("\n".join(faults))
        return self._counts(live)

    # While it goes on

    def _go_on(self) -> None:
        """Kill and start anew until all clients have seen the ends of their runs."""
        waiting = list(self.plan)
        before, since, due = -1, time.monotonic(), None
        while len(self._done) < len(self.graphs):
            progress = self._progress()
            if progress != before:
                before, since = progress, time.monotonic()
            elif time.monotonic() - since > STILL_SECONDS:
                raise ChaosError(
                    f"nothing has happened for {STILL_SECONDS:g} s: "
                    f"{states_of_unfinished(self.processes.address)}"
                )
            if waiting and progress >= waiting[0].after:
                due = due or time.monotonic() + MOMENT_SECONDS
                if self._is_moment(waiting[0].moment) or time.monotonic() > due:
                    self._kill(waiting.pop(0))
                    due = None
            self._replace()
            time.sleep(POLL)

    def _progress(self) -> int:
        """Return how many executions of tasks have ended."""
        file = self.folder / "executions"
        return file.read_bytes().count(b"end ") if file.exists() else 0

    def _is_moment(self, moment: str) -> bool:
        """Whether what a kill waits for happens now."""
        patterns = {
            "submitting": "submitting-*",
            "accepted": "run-?",
            "resuming": "resuming-*",
            "writing": "home/results/*/*/.*.tmp",
        }
        if not moment:
            return True
        return bool(set(self.folder.glob(patterns[moment])) - self._resumed_before)

    def _kill(self, kill: Kill) -> None:
        victim = getattr(self, f"_kill_{kill.what}")(kill.who)
        if victim:
            self.kills[kill.what] += 1
        self._tell(f"kill {kill.what} {victim} at {self._progress()} ({kill})")

    def _kill_scheduler(self, _who: float) -> str:
        assert self.processes.scheduler is not None
        self.processes.kill(self.processes.scheduler)
        self._resumed_before = set(self.folder.glob("resuming-*"))
        self._scheduler_began = time.time()
        self.processes.start_scheduler()
        return "the one"

    def _kill_worker(self, who: float) -> str:
        number = int(who * WORKERS)
        nannied = self.processes.slots_under_nannies()
        if number == 0 and nannied and who < 0.5 / WORKERS:
            os.kill(nannied[0], signal.SIGKILL)
            return "under its nanny"
        self.processes.kill(self.processes.workers[number])
        return str(number)

    def _kill_child(self, who: float) -> str:
        found = self.processes.children_of_tasks()
        if not found:
            return ""
        os.kill(found[int(who * len(found))], signal.SIGKILL)
        return "of a worker"

    def _kill_client(self, who: float) -> str:
        alive = [n for n, process in self.processes.clients.items() if process.poll() is None]
        if not alive:
            return ""
        number = alive[int(who * len(alive))]
        self.processes.kill(self.processes.clients[number])
        return str(number)

    def _replace(self) -> None:
        """Start anew what is gone."""
        assert self.processes.scheduler is not None
        if self.processes.scheduler.poll() is not None:
            raise ChaosError(
                f"the scheduler ended by itself: {self.processes.scheduler.returncode}"
            )
        for number, process in list(self.processes.workers.items()):
            if process.poll() is not None:
                self._tell(f"worker {number} ended ({process.returncode})")
                self.processes.start_worker(number)
        for number, process in list(self.processes.clients.items()):
            if process.poll() is None or number in self._done:
                continue
            if process.returncode == 0:
                self._done.add(number)
            elif process.returncode == -signal.SIGKILL:
                self._start_client(number)
            else:
                raise ChaosError(f"client {number} ended with {process.returncode}")

    def _start_client(self, number: int) -> None:
        graph = self.graphs[number]
        self.processes.start_client(number, graph, self.tasks, is_cached=bool(number % 2))

    def _tell(self, text: str) -> None:
        self.story.append(f"{time.monotonic() - self._began:6.1f} s  {text}")

    # Once it is over

    def _end_all_runs(self, client: MaClient) -> None:
        """Take up what nobody did: a client may be killed before it learns of its run."""
        deadline = time.monotonic() + END_SECONDS
        while going := [run for run in client.runs() if not run.finished]:
            for run in going:
                if run.status == "interrupted":
                    client.resume(run.run_id)
            if time.monotonic() > deadline:
                raise ChaosError(f"not ended: {going}")
            time.sleep(0.1)

    def _look_at_runs(self, client: MaClient) -> Iterator[str]:
        executions = checks.read_executions(self.folder / "executions")
        known = {run.run_id: run for run in client.runs()}
        for number in range(len(self.graphs)):
            run_id = (self.folder / f"run-{number}").read_text()
            if run_id not in known:
                yield f"run {run_id} of client {number} was accepted and is not known any more"
        for run_id, summary in known.items():
            graph = self.graphs[int(summary.workflow_name.rpartition("-")[2])]
            names = [node.name for node in self.nodes[graph]]
            messages = _messages(client, run_id)
            for fault in (
                *checks.check_numbers(messages),
                *checks.check_tasks(messages, names, executions),
                *self._look_at_results(client, run_id, graph, messages[-1]["time"]),
            ):
                yield f"run {run_id} ({summary.workflow_name}): {fault}"

    def _look_at_results(
        self, client: MaClient, run_id: str, graph: str, ended: float
    ) -> Iterable[str]:
        nodes = self.nodes[graph]
        made = dag.expected(nodes, graph)
        wanted = {node.name: outputs for node, outputs in zip(nodes, made, strict=True)}
        # What is only in memory goes with the scheduler under which its run ended.
        gone = [node.name for node in nodes if node.keep == "memory"]
        is_held = ended > self._scheduler_began
        found = client.get_run(run_id).task_results
        return checks.check_results(found, wanted, () if is_held else gone)

    def _look_at_store(self, live: dict[str, list[Any]]) -> Iterator[str]:
        """Yield where the run store, read without any cluster, tells something else."""
        os.environ[HOME_VARIABLE] = str(self.processes.home)
        with MaClient(offline=True) as client:
            kept = {run.run_id: _messages(client, run.run_id) for run in client.runs()}
        if _as_told(kept) != _as_told(live):
            yield f"the store tells of {kept.keys()} something else than the scheduler did"

    def _counts(self, live: dict[str, list[Any]]) -> str:
        executions = checks.read_executions(self.folder / "executions")
        types = Counter(message["type"] for told in live.values() for message in told)
        killed = ", ".join(f"{self.kills[what]} {what}" for what in _KINDS)
        return (
            f"seed {self.seed}: killed {killed}; {len(live)} runs, {types['resume_workflow']} "
            f"resumed; {types['finish_task']} tasks finished, {executions.count} executions, "
            f"{executions.count - len(executions.starts)} re-runs, "
            f"{executions.count - executions.ended} lost; "
            f"{time.monotonic() - self._began:.0f} s"
        )

    def dump(self) -> str:
        """Return what is known, for whoever looks into a failure."""
        parts = ["What happened:", *self.story]
        for log in self.processes.logs():
            parts += [f"--- {log.name}", log.read_text(errors="replace")[-TAIL:]]
        for seen in sorted(self.folder.glob("seen-*")):
            parts += [f"--- {seen.name}", *seen.read_text().splitlines()[-3:]]
        return "\n".join(parts)


_KINDS = ("worker", "child", "scheduler", "client")


def _messages(client: MaClient, run_id: str) -> list[Any]:
    run = client.get_run(run_id)
    run.wait(END_SECONDS)
    return run.log.read()


def _as_told(runs: dict[str, list[Any]]) -> dict[str, list[checks.Told]]:
    return {run_id: [checks.told(each) for each in found] for run_id, found in runs.items()}


def try_seed(seed: int, words: argparse.Namespace, *, say: Callable[[str], None]) -> bool:
    """Carry one seed through; return whether all was well."""
    folder = Path(tempfile.mkdtemp(prefix=f"maze-chaos-{seed}-"))
    scenario = Scenario(seed, folder, runs=words.runs, tasks=words.tasks, rounds=words.rounds)
    is_well = False
    try:
        say(scenario.run())
        is_well = True
    except (ChaosError, MazeError) as error:
        scenario.processes.end_at_once()
        say(f"{scenario.dump()}\n\nseed {seed} failed, see {folder}:\n{error}")
    finally:
        scenario.processes.end_at_once()
        if is_well and not words.keep:
            shutil.rmtree(folder)
    return is_well


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
        if not try_seed(seed, words, say=lambda text: print(text, flush=True)):
            again = f"--runs {words.runs} --tasks {words.tasks} --rounds {words.rounds}"
            print(f"repeat it: {sys.executable} {__file__} --seed {seed} {again}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
