"""What the magics of one notebook share: a client, a book of cells, the last run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from maze_nb.errors import CellError, MazeError, UnknownRunError
from maze_nb.magics.bound import Bound, bind
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.cell_outputs import CellOutputs
from maze_nb.magics.clients import Clients
from maze_nb.magics.failure import failure_of_run
from maze_nb.magics.kernel_end import KernelEnds, kernel_ends
from maze_nb.magics.lab_link import LabLink
from maze_nb.magics.left_run import cancel_left
from maze_nb.magics.rewire import CellEditor
from maze_nb.magics.submit import CellRuns, Fate, Prepared
from maze_nb.magics.values import Values
from maze_nb.model.states import RunStatus
from maze_nb.projection.humane import typed_id
from maze_nb.sdk.caching import CacheUse
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.interrupt import telling_that_it_began
from maze_nb.sdk.look_up import LATEST, catch_up, find_run
from maze_nb.sdk.origin import notebook_name, origin
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import show_run
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.submission import RunSummary

_UNNAMED = "notebook"
_PATIENCE = 30.0
_LATEST = 10


def default_name() -> str:
    """Return how a workflow of cells is called that nobody named: like the notebook's file."""
    return notebook_name() or _UNNAMED


class Session:
    """The state behind the magics."""

    def __init__(self, variables: dict[str, Any] | None = None) -> None:
        self._watchers: list[Callable[[], None]] = []
        self.book = CellBook(self._watchers)
        self.name = default_name()
        self.editor = CellEditor(lambda: self.book, lambda: self.name, self._watchers)
        self.last_run: str | None = None
        self.clients = Clients()
        self.outputs = CellOutputs()
        self.lab = LabLink()
        self.values = Values({} if variables is None else variables)
        self.runs = CellRuns(self.values, self.find_own)
        self._started: list[str] = []

    @property
    def client(self) -> MaClient:
        """The client, connected when it is first needed."""
        return self.clients.connected

    def start_workflow(self, name: str | None) -> None:
        """Begin another workflow without cells."""
        self.book = CellBook(self._watchers)
        self.name = name or default_name()
        for watcher in [*self._watchers]:
            watcher()

    def refuse_no_cells(self) -> None:
        """Raise CellError if nothing is a task cell yet."""
        if not self.book.cells():
            raise CellError("there are no task cells yet: begin a cell with %%maze_task")

    def graph(self) -> dict[str, Any]:
        """Return the graph of the cells as plain data; needs no cluster."""
        self.refuse_no_cells()
        return build(self.book, WorkflowGraph(self.name)).as_dict()

    def plan(self, namespace: dict[str, Any], *, cache: CacheUse = None) -> Plan:
        """Return what a run of all task cells would do with each; `cache` as for ``start``.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        """
        self.refuse_no_cells()
        self.book.check(namespace)
        return build(self.book, self.client.create_workflow(self.name)).plan(cache=cache)

    def start(
        self,
        namespace: dict[str, Any],
        *,
        fail_fast: bool = False,
        cache: CacheUse = None,
    ) -> Run:
        """Run all task cells; return the run at once.

        Parameters
        ----------
        fail_fast
            Whether the first failure cancels all that has not ended.
        cache
            How to use the result cache, as for ``Workflow.run``; by default for all cells that
            are not marked with ``--no-cache``.

        Raises
        ------
        CellError
            If there are no cells, or one reads what nobody makes.
        """
        self.refuse_no_cells()
        self.book.check(namespace)
        prepared = self.runs.prepare(self.book, self.book.in_order(), self.client, self.name)
        self.client.adopt(prepared.workflow)
        taken = {}
        if cache is None:
            # What has ended is in the result cache, unless it is to be computed each time.
            takeable = self.runs.takeable(prepared).items()
            taken = {task_id: run_id for task_id, (run_id, fate) in takeable
                     if fate == Fate.GOES_ON and task_id in prepared.parts}  # fmt: skip
        return self.submit(prepared, taken=taken, fail_fast=fail_fast, cache=cache)

    def submit(
        self,
        prepared: Prepared,
        *,
        taken: Mapping[str, str],
        fail_fast: bool = False,
        cache: CacheUse = None,
    ) -> Run:
        """Run cells, and follow the run; see `CellRuns.submit`."""
        client = self.client
        try:
            run = self.runs.submit(
                self.book, client, prepared, taken=taken, fail_fast=fail_fast, cache=cache
            )
            with telling_that_it_began(run.run_id):
                self._take(run)
        except KeyboardInterrupt as interrupt:
            cancel_left(client, interrupt)
            raise
        return run

    def find_own(self, run_id: str) -> Run:
        """Return a run that was started here, with what is known of it at once."""
        return self.clients.reading.get_run(run_id)

    def finish(self, run: Run) -> tuple[Bound, MazeError | None]:
        """Show a run until it ends and bind what its end tasks made.

        An interrupt of the kernel cancels the run, but not one that has the kernel end where the
        run goes on without it.

        Returns
        -------
        tuple
            What was bound, and what to raise if not all tasks succeeded.
        """
        try:
            self.outputs.follow(run, is_told=True)
            show_run(run)
        except KeyboardInterrupt:
            if run.outlives_us and kernel_ends():
                raise KernelEnds from None
            run.cancel()
            run.wait(_PATIENCE)
            self.outputs.settle(run)
            raise
        self.outputs.settle(run)
        return bind(run, self.book, self.runs.newest, self.values), failure_of_run(
            run, self.outputs.stands
        )

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

    def latest_runs(self) -> list[str | None]:
        """Return the runs that tell how the cells stand, newest first; None is the last known."""
        return [*reversed(self._started[-_LATEST:])] or [None]

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
                f"run {typed_id(found.run_id)} has ended ({found.status}), so there is nothing to "
                f"resume: %maze_rerun --failed computes in a new run what has no result"
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
            raise MazeError(f"run {typed_id(found.run_id)} {why}")
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
        self.lab.follow(run.log)

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
            f"cancel: {', '.join(map(typed_id, live))}"
        )

    def _is_live(self, run: RunSummary) -> bool:
        return run.status == RunStatus.RUNNING if self.clients.is_offline else run.is_here
