"""What a chaos test came to: whether every run ended well, and how often what happened."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import checks
import dag
from processes import ChaosError

from maze_nb import MaClient
from maze_nb.config import HOME_VARIABLE

END_SECONDS = 60.0


class Verdict:
    """Looks at all runs of a test, by a client that has seen none of them.

    Parameters
    ----------
    folder
        Where everything was written.
    graphs, nodes
        The seed of each client's graph, and the tasks by that.
    scheduler_began
        When the last scheduler was started: what was in memory only went with those before.

    Attributes
    ----------
    faults
        What is wrong, in words.
    """

    def __init__(
        self,
        folder: Path,
        graphs: list[str],
        nodes: Mapping[str, list[dag.Node]],
        scheduler_began: float,
    ) -> None:
        self.faults: list[str] = []
        self._folder, self._graphs, self._nodes = folder, graphs, nodes
        self._scheduler_began = scheduler_began
        self._executions = checks.Executions()
        self._live: dict[str, list[Any]] = {}

    def ask(self, address: str) -> None:
        """Have all runs end, and look at what the scheduler tells of them."""
        os.environ[HOME_VARIABLE] = str(self._folder / "home-reader")
        with MaClient(address) as client:
            _end_all_runs(client)
            self._executions = checks.read_executions(self._folder / "executions")
            self._live = {run.run_id: _messages(client, run.run_id) for run in client.runs()}
            self.faults += self._look_at_accepted()
            for run in client.runs():
                graph = self._graphs[int(run.workflow_name.rpartition("-")[2])]
                for fault in self._look_at_run(client, run.run_id, graph):
                    self.faults.append(f"run {run.run_id} ({run.workflow_name}): {fault}")

    def look_at_what_is_left(self) -> None:
        """Look at what is on disk once all processes have ended."""
        os.environ[HOME_VARIABLE] = str(self._folder / "home")
        with MaClient(offline=True) as client:
            kept = {run.run_id: _messages(client, run.run_id) for run in client.runs()}
        if _as_told(kept) != _as_told(self._live):
            self.faults.append("the run store tells something else than the scheduler did")
        self.faults += checks.check_seen(self._folder, _as_told(self._live))
        for home in self._folder.glob("home*"):
            self.faults += checks.check_left(home)

    def counts(self) -> dict[str, int]:
        """Return how often what happened."""
        types = Counter(message["type"] for told in self._live.values() for message in told)
        found = self._executions
        return {
            "runs": len(self._live),
            "resumed": types["resume_workflow"],
            "tasks": sum(len(self._nodes[graph]) for graph in self._graphs),
            "executions": found.count,
            "re-runs": found.count - sum(map(bool, found.starts.values())),
            "lost": found.count - found.ended,
        }

    def _look_at_accepted(self) -> Iterator[str]:
        for number in range(len(self._graphs)):
            run_id = (self._folder / f"run-{number}").read_text()
            if run_id not in self._live:
                yield f"run {run_id} of client {number} was accepted and is not known any more"

    def _look_at_run(self, client: MaClient, run_id: str, graph: str) -> Iterator[str]:
        nodes, messages = self._nodes[graph], self._live[run_id]
        yield from checks.check_numbers(messages)
        names = [node.name for node in nodes]
        yield from checks.check_tasks(messages, names, self._executions)
        is_held = messages[-1]["time"] > self._scheduler_began
        gone = () if is_held else [node.name for node in nodes if node.keep == "memory"]
        yield from _check_results(client, run_id, nodes, graph, gone)


def _check_results(
    client: MaClient, run_id: str, nodes: list[dag.Node], graph: str, gone: Iterable[str]
) -> Iterable[str]:
    made = dag.expected(nodes, graph)
    wanted = {node.name: outputs for node, outputs in zip(nodes, made, strict=True)}
    return checks.check_results(client.get_run(run_id).task_results, wanted, list(gone))


def _end_all_runs(client: MaClient) -> None:
    """Take up what nobody did: a client may be killed before it learns of its run."""
    deadline = time.monotonic() + END_SECONDS
    while going := [run for run in client.runs() if not run.finished]:
        for run in going:
            if run.status == "interrupted":
                client.resume(run.run_id)
        if time.monotonic() > deadline:
            raise ChaosError(f"not ended: {going}")
        time.sleep(0.1)


def _messages(client: MaClient, run_id: str) -> list[Any]:
    run = client.get_run(run_id)
    run.wait(END_SECONDS)
    return run.log.read()


def _as_told(runs: dict[str, list[Any]]) -> dict[str, list[checks.Told]]:
    return {run_id: [checks.told(each) for each in found] for run_id, found in runs.items()}
