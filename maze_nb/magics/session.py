"""What the magics of one notebook share: a client, a book of cells, the last run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import CellError, MazeError, UnknownRunError
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.clients import Clients
from maze_nb.magics.failure import failure_of_run
from maze_nb.model.states import RunStatus
from maze_nb.runners.cell import Absent
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.look_up import LATEST, catch_up, find_run
from maze_nb.sdk.origin import origin
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import show_run
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.submission import RunSummary

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
        self.clients = Clients()
        self._started: list[str] = []

    @property
    def client(self) -> MaClient:
        """The client, connected when it is first needed."""
        return self.clients.connected

    def start_workflow(self, name: str | None) -> None:
        """Begin another workflow without cells."""
        self.book = CellBook()
        self.name = name or DEFAULT_NAME

    def graph(self) -> dict[str, Any]:
        """Return the graph of the cells as plain data; needs no cluster."""
        self._refuse_no_cells()
        return build(self.book, WorkflowGraph(self.name)).as_dict()

    def plan(self, namespace: dict[str, Any], *, cache: bool | None = None) -> Plan:
        """Return what a run of all task cells would do with each; `cache` as for ``start``.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        """
        self._refuse_no_cells()
        self.book.check(namespace)
        return build(self.book, self.client.create_workflow(self.name)).plan(cache=cache)

    def start(
        self,
        namespace: dict[str, Any],
        *,
        fail_fast: bool = False,
        cache: bool | None = None,
    ) -> Run:
        """Run all task cells; return the run at once.

        Parameters
        ----------
        fail_fast
            Whether the first failure cancels all that has not ended.
        cache
            Whether the results of all cells, or of none, may come from the result cache; by
            default of those marked with ``--cache``.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        """
        self._refuse_no_cells()
        self.book.check(namespace)
        workflow = build(self.book, self.client.create_workflow(self.name))
        self.last_run = workflow.run(fail_fast=fail_fast, cache=cache)
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

    def find_run(self, wanted: str | None) -> Run:
        """Return a run with what is known of it by now; by default the last of this notebook.

        Parameters
        ----------
        wanted
            Its id, or a beginning that no other run has.

        Raises
        ------
        UnknownRunError
            If it is not known, or there is none.
        """
        found = self._named(wanted)
        run = self.clients.reading.get_run(found.run_id)
        catch_up(run, found)
        return run

    def attach(self, wanted: str | None) -> Run:
        """Return a run as `find_run` does, which is the last of this notebook from now on."""
        run = self.find_run(wanted)
        self._take(run)
        return run

    def resume(self, wanted: str | None) -> Run:
        """Take up an interrupted run, by default the last of this notebook.

        Raises
        ------
        MazeError
            If it has ended, or goes on.
        """
        found = self._named(wanted)
        if found.finished is not None:
            raise MazeError(
                f"run {found.run_id} has ended ({found.status}), so there is nothing to resume: "
                f"%maze_rerun --failed computes in a new run what has no result"
            )
        run = self.client.resume(found.run_id)
        self._take(run)
        return run

    def rerun(
        self, wanted: str | None, *, failed_only: bool = False, from_task: str | None = None
    ) -> Run:
        """Run the workflow of an earlier run again in a new one; see `Run.rerun`."""
        found = self._named(wanted)
        old = self.client.get_run(found.run_id)
        run = old.rerun(failed_only=failed_only, from_task=from_task)
        self._take(run)
        return run

    def cancel(self, wanted: str | None) -> Run:
        """Cancel a run, by default the latest of this notebook that has not ended.

        Raises
        ------
        UnknownRunError
            If it is not known, or there is none, or several of others to choose from.
        MazeError
            If it goes on where nobody here can tell it to stop.
        """
        reading = self.clients.reading
        found = find_run(wanted, reading.runs()) if wanted else self._live_run()
        if found.finished is None and not found.is_here:
            goes_on = found.status == RunStatus.RUNNING
            why = "goes on in another process: cancel it there" if goes_on else "does not go on"
            raise MazeError(f"run {found.run_id} {why}")
        run = reading.get_run(found.run_id)
        if found.finished is None:
            run.cancel()
        run.wait(_PATIENCE)
        return run

    def _named(self, wanted: str | None) -> RunSummary:
        """Return the run of this id, else the last that was shown or started in this notebook."""
        runs = self.clients.reading.runs()
        wanted = wanted or self.last_run
        if wanted is not None:
            return find_run(wanted, runs)
        here = [run for run in runs if run.origin == origin()]
        if not here:
            raise UnknownRunError(
                "this notebook has no run yet: start one with %maze_run, or give the id of "
                "another, which %maze_runs lists"
            )
        return find_run(LATEST, here)

    def _take(self, run: Run) -> None:
        self.last_run = run.run_id
        self._started.append(run.run_id)

    def _live_run(self) -> RunSummary:
        runs = self.clients.reading.runs()
        live = {run.run_id: run for run in runs if self._is_live(run)}
        own = [run_id for run_id in live if run_id in self._started]
        if own or len(live) == 1:
            return live[(own or list(live))[-1]]
        if not live:
            has_ended = all(run.finished is not None for run in runs)
            why = "every run has ended" if has_ended else "no run goes on here"
            raise UnknownRunError(f"{why}: there is nothing to cancel")
        raise UnknownRunError(
            f"no run of this notebook goes on, but {len(live)} others do: say which one to "
            f"cancel: {', '.join(live)}"
        )

    def _is_live(self, run: RunSummary) -> bool:
        return run.status == RunStatus.RUNNING if self.clients.is_offline else run.is_here

    def _refuse_no_cells(self) -> None:
        if not self.book.cells():
            raise CellError("there are no task cells yet: begin a cell with %%maze_task")

    def _bind(self, run: Run, namespace: dict[str, Any]) -> Bound:
        bound = Bound()
        ends = {cell.task_id for cell in self.book.ends()}
        for task_id, outputs in run.task_results.items():
            # After a restart of the kernel the cells of a run may not be known here.
            if task_id not in ends:
                bound.inner += outputs
                continue
            for name, value in outputs.items():
                if isinstance(value, Absent):
                    bound.absent.append(value)
                else:
                    namespace[name] = value
                    bound.names.append(name)
        return bound
