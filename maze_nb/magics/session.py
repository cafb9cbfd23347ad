"""What the magics of one notebook share: a client, a book of cells, the last run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from maze_nb.errors import CellError, MazeError, TaskFailedError, UnknownRunError
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.runners.cell import Absent
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph


class Session:
    """The state behind the magics."""

    def __init__(self) -> None:
        self.book = CellBook()
        self.name = "notebook"
        self.last_run: str | None = None
        self._client: MaClient | None = None

    @property
    def client(self) -> MaClient:
        """The client, connected when it is first needed."""
        if self._client is None:
            self._client = MaClient()
        return self._client

    def connect(self, address: str) -> MaClient:
        """Use another cluster from now on."""
        found = MaClient(address)
        if self._client is not None:
            self._client.close()
        self._client = found
        return found

    def start_workflow(self, name: str | None) -> None:
        """Begin another workflow without cells."""
        self.book = CellBook()
        self.name = name or "notebook"

    def graph(self) -> dict[str, Any]:
        """Return the graph of the cells as plain data; needs no cluster."""
        return build(self.book, WorkflowGraph(self.name)).as_dict()

    def run(self, namespace: dict[str, Any]) -> tuple[Run, list[str]]:
        """Run all task cells and show it; return the run and the names bound in `namespace`.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        TaskFailedError
            If a task failed.
        """
        if not self.book.cells():
            raise CellError("there are no task cells yet: mark a cell with %%maze_task")
        self.book.check(namespace)
        workflow = build(self.book, self.client.create_workflow(self.name))
        self.last_run = workflow.run()
        run = self.client.get_run(self.last_run)
        summary = run.show()
        if summary["status"] != "succeeded":
            raise _failure(run, summary["status"])
        return run, self._bind(run, namespace)

    def find_run(self, run_id: str | None) -> Run:
        """Return a run, by default the last one of this notebook."""
        wanted = run_id or self.last_run
        if wanted is None:
            raise UnknownRunError("this notebook has no run yet: start one with %maze_run")
        return self.client.get_run(wanted)

    def _bind(self, run: Run, namespace: dict[str, Any]) -> list[str]:
        bound = []
        for cell in self.book.ends():
            for name, value in run.result(cell.task_id).items():
                if not isinstance(value, Absent):
                    namespace[name] = value
                    bound.append(name)
        return bound


def _failure(run: Run, status: str) -> MazeError:
    failed = [m["data"] for m in run.messages() if m["type"] == "task_exception"]
    if not failed:
        return TaskFailedError(f"run {run.run_id} ended as {status}")
    first = failed[0]
    others = f" ({_count(failed[1:])} failed too)" if failed[1:] else ""
    return TaskFailedError(
        f"task {first['task_name']!r} failed{others}: {first['error']['type']}: "
        f"{first['error']['message']}\n\n{first['result'].rstrip()}"
    )


def _count(failed: Iterable[dict[str, Any]]) -> str:
    return ", ".join(repr(data["task_name"]) for data in failed)
