"""The client: where workflows are made and run, and runs are looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from dask._expr import LLGExpr
from distributed import Client
from distributed.deploy.cluster import Cluster
from distributed.protocol.serialize import Serialized, serialize, to_serialize

from maze_nb.artifacts.gateway import Gateway
from maze_nb.deploy.connection import connect
from maze_nb.model.destination import parse_destination
from maze_nb.model.ids import new_run_id
from maze_nb.sdk.caching import CacheUse, cached_parts
from maze_nb.sdk.caller import Caller
from maze_nb.sdk.carrying_on import begin
from maze_nb.sdk.destination import run_destination
from maze_nb.sdk.growing import maps_over
from maze_nb.sdk.handover import Handover
from maze_nb.sdk.interrupt import telling_that_it_began
from maze_nb.sdk.lost_connection import offline_client
from maze_nb.sdk.makes_workflows import MakesWorkflows
from maze_nb.sdk.maze_in_scheduler import install
from maze_nb.sdk.ordering import preferred_order
from maze_nb.sdk.origin import origin
from maze_nb.sdk.own_gateway import use_gateway
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_report import report_run
from maze_nb.sdk.runs import Runs
from maze_nb.sdk.shelf import Shelf
from maze_nb.sdk.tends_nodes import TendsNodes
from maze_nb.sdk.workflow import Workflow
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.submission import (
    CacheParts,
    RunSummary,
    Submission,
    decode_plan,
    encode,
)

if TYPE_CHECKING:
    from maze_nb.sdk.comparison import Comparison


class MaClient(MakesWorkflows, TendsNodes):
    """A connection to a cluster, and the workflows and runs made through it.

    Parameters
    ----------
    address
        The address of a Dask scheduler, such as ``"tcp://host:8786"``.
    cluster
        Any Dask cluster object instead. With neither, Dask's own ``DASK_SCHEDULER_ADDRESS`` says
        where; if it says nothing, it is the cluster that ``maze-nb up`` keeps on this machine, and
        if there is none one is started, once for this process.
    offline
        Whether to do without any cluster: what is kept of runs on this machine can be read, and
        nothing can be run.
    destination
        Where the files go that tasks leave, unless they or their run say otherwise: a path that all
        nodes know, a URL such as ``s3://bucket/prefix``, or ``"http"`` for the scheduler's own web
        server. By default what the setting ``maze.destination`` says; without it they stay in the
        folders of their tasks.

    Raises
    ------
    OptionError
        If the destination makes no sense.
    ConnectionFailedError
        If the scheduler cannot be reached.
    VersionError
        If the scheduler has no Maze, or another version of it.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        cluster: Cluster | None = None,
        offline: bool = False,
        destination: str | PathLike[str] | None = None,
    ) -> None:
        self._destination = parse_destination(destination, "destination= of MaClient()")
        self._workflows: dict[str, Workflow] = {}
        self._connection = None if offline else connect(address, cluster)
        if self._connection is None:
            self._runs = Runs(Shelf(), client=self)
            return
        self._caller = Caller(self.dask_client, self._connection.address)
        self._handover = Handover(self._caller)
        try:
            install(self.dask_client, self._caller)
            use_gateway(self.gateway)
            self._runs = Runs(
                Shelf(), self.dask_client, self._caller, outlives_us=self._outlives_us, client=self
            )
        except BaseException:
            self._connection.close()
            raise

    @property
    def dask_client(self) -> Client:
        """The Dask client underneath."""
        if self._connection is None:
            raise offline_client()
        return self._connection.client

    @property
    def address(self) -> str:
        """The address of the scheduler; empty without one."""
        return "" if self._connection is None else self._caller.address

    def gateway(self) -> Gateway:
        """Return how the scheduler's web server is reached, and what lets requests in there.

        Raises
        ------
        MazeError
            If it has none.
        """
        return Gateway(**self._call("maze_gateway"))

    def get_run(self, run_id: str) -> Run:
        """Return the handle of a run, whoever started it.

        One that has ended and is kept on this machine is read without asking the cluster.

        Raises
        ------
        UnknownRunError
            If neither this machine nor the cluster knows it.
        """
        return self._runs.get(run_id)

    def runs(self) -> list[RunSummary]:
        """Return the runs that the cluster knows, or this machine if offline, oldest first."""
        return self._runs.known()

    def compare(self, before: str, after: str) -> Comparison:
        """Return what changed from one run to another: code, inputs, options, results, times.

        Tasks are the same if they have the same name. Printed or displayed it says so in words.

        Parameters
        ----------
        before, after
            The ids of the runs, or as much of their beginnings as is unique, or ``latest``.

        Raises
        ------
        UnknownRunError
            If there is no such run.
        """
        # Folding and drawing runs takes long to import, and few clients compare any.
        from maze_nb.sdk.comparison import compare

        return compare(self, before, after)

    def resume(self, run_id: str) -> Run:
        """Take up a run whose scheduler was lost: only what has no stored result is computed.

        Returns
        -------
        Run
            Its handle, at once.

        Raises
        ------
        UnknownRunError
            If the run is not known.
        MazeError
            If it has ended, or goes on.
        """
        return self.get_run(run_id).resume()

    def forget(self, run_id: str) -> None:
        """Drop a run everywhere: its results in the cluster, its messages there and here."""
        self._call("maze_forget", run_id=run_id)
        self._runs.drop(run_id)

    def close(self) -> None:
        """Close the connection. Runs go on, and so does the cluster."""
        self._runs.close()
        if self._connection is not None:
            self._caller.close()
            self._connection.close()

    # What workflows ask of their client

    def plan(self, workflow: WorkflowGraph, *, cache: CacheUse) -> Plan:
        """Return what a run of a workflow would do with each task."""
        parts = cached_parts(workflow, cache)
        submission = Submission(
            new_run_id(),
            workflow.graph(),
            cached=parts,
            refresh=cache == "refresh",
            maps={task.task_id: maps_over(task) for task in workflow.get_tasks() if task.over},
        )
        return Plan(decode_plan(self._call("maze_plan", submission=encode(submission))))

    def submit(
        self,
        workflow: WorkflowGraph,
        *,
        fail_fast: bool,
        cache: CacheUse = None,
        taken: Mapping[str, str] | None = None,
        parts: Mapping[str, CacheParts] | None = None,
        destination: str | PathLike[str] | None = None,
    ) -> str:
        """Run a frozen copy of a workflow; return the run's id at once."""
        # A client that only reads needs none of it, and is asked for at once.
        from maze_nb.sdk.freeze import freeze
        from maze_nb.sdk.task_stories import task_stories

        kept_at = run_destination(destination, self._destination)
        frozen = freeze(workflow, new_run_id(), cache=cache, parts=parts, destination=kept_at)
        begun = begin(self, workflow, frozen)
        if begun.run_id is not None:
            self._report(self.get_run(begun.run_id), workflow.name)
            return begun.run_id
        self._handover.hand_over(frozen.needs, frozen.files)
        submission = Submission(
            frozen.run_id,
            frozen.graph,
            fail_fast,
            origin(),
            frozen.cached,
            refresh=cache == "refresh",
            taken={**begun.taken, **(taken or {})},
            needs=frozen.needs,
            maps=frozen.maps,
            reads=frozen.reads,
            stories=task_stories(workflow.get_tasks()),
        )
        goes_on_at = self.address if self._outlives_us else None
        with telling_that_it_began(frozen.run_id, goes_on_at):
            self._call(
                "maze_submit",
                submission=encode(submission),
                graph=Serialized(*serialize(to_serialize(LLGExpr(frozen.nodes)))),
                keys=frozen.keys,
                order=preferred_order(frozen.nodes),
            )
            self._report(self._runs.follow(frozen.run_id), workflow.name)
        return frozen.run_id

    def supersede(self, run_id: str) -> None:
        """Cancel what nobody else waits for of a run in whose place there is another."""
        self._call("maze_supersede", run_id=run_id)

    def live_runs(self, workflow_id: str) -> list[str]:
        """Return the ids of the runs of a workflow that have not ended."""
        return [run.run_id for run in self.runs() if run.workflow_id == workflow_id and run.is_here]

    def cached_runs(self) -> list[str]:
        """Return the ids of the runs whose messages are on this machine, oldest first."""
        return self._runs.here()

    def drop_cached(self, run_id: str | None = None) -> None:
        """Drop the messages of one run, or of all, that are here; the cluster keeps its own."""
        self._runs.drop(run_id)

    @property
    def _outlives_us(self) -> bool:
        """Whether the cluster goes on when this process ends."""
        return self._connection is not None and self._connection.kind != "embedded"

    def _report(self, run: Run, workflow: str) -> None:
        report_run(run.log, workflow, run.cancel)

    def _call(self, operation: str, **arguments: Any) -> Any:
        if self._connection is None:
            raise offline_client()
        return self._caller.call(operation, **arguments)

    def __repr__(self) -> str:
        return f"<MaClient {self.address or 'offline'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
