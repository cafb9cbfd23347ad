"""A client that begins one run and follows it to its end, whatever dies meanwhile.

Started anew it finds its run again. Runs that are interrupted are taken up by whoever comes first.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import dag

from maze_nb import MaClient
from maze_nb.errors import ConnectionFailedError, MazeError, RunInterruptedError
from maze_nb.sdk.run import Run

PATIENCE = 150.0
"""Seconds after which a client gives up."""
AGAIN = 0.1
NOT_INTERRUPTED = "there is nothing to resume"


class Follower:
    """One client of the test.

    Parameters
    ----------
    number
        Which one it is.
    folder
        Where it writes down what it does and sees.
    """

    def __init__(self, number: int, folder: Path, words: argparse.Namespace) -> None:
        self.number = number
        self.folder = folder
        self.words = words
        self.name = f"chaos-{number}"
        self.deadline = time.monotonic() + PATIENCE
        self.id_file = folder / f"run-{number}"

    def main(self) -> None:
        """Go on until the run has ended."""
        while True:
            try:
                with MaClient(self.words.address) as client:
                    self.take_up_all(client)
                    run = client.get_run(self.begun(client))
                    self.follow(client, run)
                    return
            except ConnectionFailedError as error:
                self.say(f"again after {type(error).__name__}: {error}")
                if time.monotonic() > self.deadline:
                    raise
                time.sleep(AGAIN)

    def begun(self, client: MaClient) -> str:
        """Return the id of this client's run, which is begun if it was not."""
        if self.id_file.exists():
            return self.id_file.read_text()
        known = [run.run_id for run in client.runs() if run.workflow_name == self.name]
        run_id = known[0] if known else self.begin(client)
        replacement = self.id_file.with_suffix(f".{os.getpid()}")
        replacement.write_text(run_id)
        replacement.replace(self.id_file)
        return run_id

    def begin(self, client: MaClient) -> str:
        """Begin the run."""
        nodes = dag.draw(self.words.graph, self.words.tasks)
        workflow = client.create_workflow(self.name)
        dag.build(workflow, nodes, self.words.graph, str(self.folder / "executions"))
        (self.folder / f"submitting-{self.number}").touch()
        return workflow.run(cache=self.words.cache)

    def follow(self, client: MaClient, run: Run) -> None:
        """Write down each message as it comes; take the run up when it is interrupted."""
        while True:
            try:
                self.note(run)
                return
            except RunInterruptedError:
                if time.monotonic() > self.deadline:
                    raise
                if not self.take_up(client, run.run_id):
                    time.sleep(AGAIN)
                run = client.get_run(run.run_id)

    def note(self, run: Run) -> None:
        """Write down each message of a run until its end."""
        with (self.folder / f"seen-{self.number}-{os.getpid()}").open("ab", buffering=0) as file:
            for message in run.messages():
                data = message["data"]
                words = (run.run_id, message["seq"], message["type"], data.get("task_id", "-"))
                rest = (data.get("attempt", "-"), repr(message["time"]))
                file.write(" ".join(map(str, (*words, *rest))).encode() + b"\n")

    def take_up_all(self, client: MaClient) -> None:
        """Resume every run that is interrupted."""
        for run in client.runs():
            if run.status == "interrupted":
                self.take_up(client, run.run_id)

    def take_up(self, client: MaClient, run_id: str) -> bool:
        """Resume a run, unless somebody else was faster."""
        (self.folder / f"resuming-{self.number}-{time.time_ns()}").touch()
        try:
            client.resume(run_id)
        except ConnectionFailedError:
            raise
        except MazeError as error:
            if NOT_INTERRUPTED not in str(error):
                raise
            self.say(f"resume of {run_id}: {error}")
            return False
        self.say(f"resumed {run_id}")
        return True

    def say(self, text: str) -> None:
        """Write to the log of this client."""
        with suppress(BrokenPipeError):
            print(f"{time.time():.3f} {text}", flush=True)


def main() -> int:
    """Run one client."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("number", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--graph", required=True, help="the seed of its graph")
    parser.add_argument("--tasks", type=int, required=True)
    parser.add_argument("--cache", action="store_true")
    words = parser.parse_args()
    Follower(words.number, words.folder, words).main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
