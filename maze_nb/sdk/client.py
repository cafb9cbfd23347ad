"""The client: where workflows are made and run, and runs are looked up again."""

from __future__ import annotations

from typing import Any, Self

from dask._expr import LLGExpr
from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.deploy.cluster import Cluster
from distributed.protocol.serialize import Serialized, serialize, to_serialize

from maze_nb.deploy.connection import connect
from maze_nb.errors import VersionError, WorkflowError, nearest
from maze_nb.model.ids import new_run_id
from maze_nb.sdk.caller import Caller
from maze_nb.sdk.freeze import cached_parts, freeze
from maze_nb.sdk.lost_connection import lost_scheduler, offline_client
from maze_nb.sdk.ordering import preferred_order
from maze_nb.sdk.origin import origin
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_report import report_run
from maze_nb.sdk.runs import Runs
from maze_nb.sdk.shelf import Shelf
from maze_nb.sdk.workflow import Workflow
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.version import __version__
from maze_nb.wire.submission import (
    NodeSummary,
    RunSummary,
    Submission,
    decode_nodes,
    decode_plan,
    encode,
)


class MaClient:
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

    Raises
    ------
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
    ) -> None:
        self._workflows: dict[str, Workflow] = {}
        self._connection = None if offline else connect(address, cluster)
        if self._connection is None:
            self._runs = Runs(Shelf())
            return
        self._caller = Caller(self.dask_client, self._connection.address)
        try:
            self._install_plugin()
            outlives_us = self._connection.kind != "embedded"
            self._runs = Runs(Shelf(), self.dask_client, self._caller, outlives_us=outlives_us)
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

    def create_workflow(self, name: str | None = None) -> Workflow:
        """Return a new workflow without tasks."""
        workflow = Workflow(self, name)
        self._workflows[workflow.workflow_id] = workflow
        return workflow

    def get_workflow(self, workflow_id: str) -> Workflow:
        """Return a workflow that this client made.

        Raises
        ------
        WorkflowError
            If it made none with this id.
        """
        found = self._workflows.get(workflow_id)
        if found is None:
            hint = nearest(workflow_id, self._workflows)
            raise WorkflowError(f"this client made no workflow {workflow_id!r}: {hint}")
        return found

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

    def nodes(self) -> list[NodeSummary]:
        """Return the nodes of the cluster, and the workers that cannot take tasks."""
        return decode_nodes(self._call("maze_nodes"))

    def drain(self, node_id: str, close: bool = False) -> None:
        """Give a node no new work; what runs there ends well and keeps its results.

        Parameters
        ----------
        node_id
            As ``nodes()`` lists it.
        close
            Whether its workers are closed once they have nothing left to do.

        Raises
        ------
        MazeError
            If there is no such node.
        """
        self._call("maze_drain", node_id=node_id, then_close=close)

    def undrain(self, node_id: str) -> None:
        """Give a drained node work again."""
        self._call("maze_undrain", node_id=node_id)

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

    def plan(self, workflow: WorkflowGraph, *, cache: bool | None) -> Plan:
        """Return what a run of a workflow would do with each task."""
        parts = cached_parts(workflow, cache)
        submission = Submission(new_run_id(), workflow.graph(), cached=parts)
        return Plan(decode_plan(self._call("maze_plan", submission=encode(submission))))

    def submit(self, workflow: WorkflowGraph, *, fail_fast: bool, cache: bool | None = None) -> str:
        """Run a frozen copy of a workflow; return the run's id at once."""
        frozen = freeze(workflow, new_run_id(), cache=cache)
        submission = Submission(frozen.run_id, frozen.graph, fail_fast, origin(), frozen.cached)
        self._call(
            "maze_submit",
            submission=encode(submission),
            graph=Serialized(*serialize(to_serialize(LLGExpr(frozen.nodes)))),
            keys=frozen.keys,
            order=preferred_order(frozen.nodes),
        )
        report_run(self._runs.follow(frozen.run_id).log, workflow.name)
        return frozen.run_id

    def live_runs(self, workflow_id: str) -> list[str]:
        """Return the ids of the runs of a workflow that have not ended."""
        return [run.run_id for run in self.runs() if run.workflow_id == workflow_id and run.is_here]

    def cached_runs(self) -> list[str]:
        """Return the ids of the runs whose messages are on this machine, oldest first."""
        return self._runs.here()

    def drop_cached(self, run_id: str | None = None) -> None:
        """Drop the messages of one run, or of all, that are here; the cluster keeps its own."""
        self._runs.drop(run_id)

    def _call(self, operation: str, **arguments: Any) -> Any:
        if self._connection is None:
            raise offline_client()
        return self._caller.call(operation, **arguments)

    def _install_plugin(self) -> None:
        # What runs in the scheduler is needed only once there is one.
        from maze_nb.scheduler.plugin import MazeSchedulerPlugin
        from maze_nb.worker.plugin import pickled_plugins

        try:
            self.dask_client.register_plugin(MazeSchedulerPlugin(*pickled_plugins(__version__)))
        except ImportError as error:
            raise VersionError(
                f"the scheduler at {self.address} cannot import maze_nb ({error}): "
                f"install maze-nb {__version__} in its environment"
            ) from error
        except (CommClosedError, ConnectionError, TimeoutError) as error:
            raise lost_scheduler(self.address, error) from error
        theirs = self._caller.ask("maze_version")
        if theirs != __version__:
            raise VersionError(
                f"the scheduler at {self.address} runs maze_nb {theirs}, but this is "
                f"{__version__}: install the same version on both, and start the scheduler anew"
            )

    def __repr__(self) -> str:
        return f"<MaClient {self.address or 'offline'}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
