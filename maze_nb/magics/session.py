"""What the magics of one notebook share: a client, a book of cells, the last run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import CellError, MazeError, UnknownRunError
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.failure import failure_of_run
from maze_nb.runners.cell import Absent
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.presenter import show_run
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph

DEFAULT_NAME = "notebook"
_PATIENCE = 30.0


@dataclass
class Bound:
    """What a run brought back into the notebook.

    Attributes
    ----------
    names
        The variables that were set.
    absent
        Outputs of end tasks that could not come back.
    inner
        Outputs of other tasks, which stay in the cluster.
    """

    names: list[str] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)


class Session:
    """The state behind the magics."""

    def __init__(self) -> None:
        self.book = CellBook()
        self.name = DEFAULT_NAME
        self.last_run: str | None = None
        self._started: list[str] = []
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
        self.name = name or DEFAULT_NAME

    def graph(self) -> dict[str, Any]:
        """Return the graph of the cells as plain data; needs no cluster."""
        self._refuse_no_cells()
        return build(self.book, WorkflowGraph(self.name)).as_dict()

    def start(self, namespace: dict[str, Any], *, fail_fast: bool = False) -> Run:
        """Run all task cells; return the run at once.

        Parameters
        ----------
        fail_fast
            Whether the first failure cancels all that has not ended.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        """
        self._refuse_no_cells()
        self.book.check(namespace)
        workflow = build(self.book, self.client.create_workflow(self.name))
        self.last_run = workflow.run(fail_fast=fail_fast)
        self._started.append(self.last_run)
        return self.client.get_run(self.last_run)

    def finish(self, run: Run, namespace: dict[str, Any]) -> tuple[Bound, MazeError | None]:
        """Show a run until it ends and bind what its end tasks made.

        An interrupt of the kernel cancels the run.

        Returns
        -------
        tuple
            What was bound, and what to raise if not all tasks succeeded.
        """
        try:
            show_run(run.log)
        except KeyboardInterrupt:
            run.cancel()
            run.wait(_PATIENCE)
            raise
        return self._bind(run, namespace), failure_of_run(run)

    def find_run(self, run_id: str | None) -> Run:
        """Return a run, by default the last one of this notebook."""
        wanted = run_id or self.last_run
        if wanted is None:
            raise UnknownRunError("this notebook has no run yet: start one with %maze_run")
        run = self.client.get_run(wanted)
        ended = [known.run_id for known in self.client.runs() if known.finished is not None]
        if run.run_id in ended:
            # Its messages may still be on their way here.
            run.wait(_PATIENCE)
        return run

    def cancel(self, run_id: str | None) -> Run:
        """Cancel a run, by default the latest of this notebook that has not ended.

        Raises
        ------
        UnknownRunError
            If it is not known, or there is none, or several of others to choose from.
        """
        run = self.client.get_run(run_id or self._live_run())
        run.cancel()
        run.wait(_PATIENCE)
        return run

    def _live_run(self) -> str:
        live = [run.run_id for run in self.client.runs() if run.is_here]
        own = [run_id for run_id in live if run_id in self._started]
        if own or len(live) == 1:
            return (own or live)[-1]
        if not live:
            raise UnknownRunError("every run has ended: there is nothing to cancel")
        raise UnknownRunError(
            f"no run of this notebook goes on, but {len(live)} others do: say which one to "
            f"cancel: {', '.join(live)}"
        )

    def _refuse_no_cells(self) -> None:
        if not self.book.cells():
            raise CellError("there are no task cells yet: begin a cell with %%maze_task")

    def _bind(self, run: Run, namespace: dict[str, Any]) -> Bound:
        bound, results = Bound(), run.task_results
        ends = {cell.task_id for cell in self.book.ends()}
        for cell in self.book.cells():
            if cell.task_id not in ends:
                bound.inner += results.get(cell.task_id, {})
                continue
            for name, value in results.get(cell.task_id, {}).items():
                if isinstance(value, Absent):
                    bound.absent.append(value)
                else:
                    namespace[name] = value
                    bound.names.append(name)
        return bound
