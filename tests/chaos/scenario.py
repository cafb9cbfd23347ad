"""One chaos test: processes that are killed and started anew until all runs have ended."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import dag
from kills import Kill, draw_kills
from processes import ChaosError, Processes
from stuck import states_of_unfinished
from verdict import Verdict

POLL = 0.005
STILL_SECONDS = 40.0
"""Without any progress for so long, something hangs."""
MOMENT_SECONDS = 5.0
MOMENT_TASKS = 12
"""After so many more executions, or so long, a kill no longer waits for its moment."""
WORKERS = 3
TAIL = 2500
KINDS = {"worker": "workers", "child": "children", "scheduler": "schedulers", "client": "clients"}


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

    def run(self) -> dict[str, int]:
        """Carry the test through, and return what was counted.

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
        verdict = Verdict(self.folder, self.graphs, self.nodes, self._scheduler_began)
        verdict.ask(self.processes.address)
        self.processes.end()
        verdict.look_at_what_is_left()
        if verdict.faults:
            raise ChaosError("\n".join(verdict.faults))
        return {
            "seed": self.seed,
            **{f"{name} killed": self.kills[what] for what, name in KINDS.items()},
            **verdict.counts(),
            "seconds": round(time.monotonic() - self._began),
        }

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
                is_late = progress > waiting[0].after + MOMENT_TASKS or time.monotonic() > due
                if is_late or self._is_moment(waiting[0].moment):
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

    def dump(self) -> str:
        """Return what is known, for whoever looks into a failure."""
        parts = ["What happened:", *self.story]
        for log in self.processes.logs():
            parts += [f"--- {log.name}", log.read_text(errors="replace")[-TAIL:]]
        for seen in sorted(self.folder.glob("seen-*")):
            parts += [f"--- {seen.name}", *seen.read_text().splitlines()[-3:]]
        return "\n".join(parts)
