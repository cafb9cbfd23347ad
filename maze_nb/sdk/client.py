"""The client: where workflows are made and run, and runs are looked up again."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any, Self

from dask._expr import LLGExpr
from distributed import Client
from distributed.comm.core import CommClosedError
from distributed.deploy.cluster import Cluster
from distributed.protocol.serialize import Serialized, serialize, to_serialize

from maze_nb.deploy.connection import connect
from maze_nb.errors import UnknownRunError, VersionError, WorkflowError, nearest
from maze_nb.model.ids import new_run_id
from maze_nb.sdk.fetch import fetch_outputs
from maze_nb.sdk.freeze import freeze
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.lost_connection import (
    closed_client,
    is_closed,
    lost_scheduler,
    scheduler_without_maze,
)
from maze_nb.sdk.ordering import preferred_order
from maze_nb.sdk.readable import make_readable
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_report import report_run
from maze_nb.sdk.stream import start_stream
from maze_nb.sdk.workflow import Workflow
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.version import __version__
from maze_nb.wire.keys import task_key
from maze_nb.wire.reply import answer_of
from maze_nb.wire.submission import (
    NodeSummary,
    RunSummary,
    Submission,
    decode_nodes,
    decode_runs,
    encode,
)

_CALL_SECONDS = 60


class MaClient:
    """A connection to a cluster, and the workflows and runs made through it.

    Parameters
    ----------
    address
        The address of a Dask scheduler, such as ``"tcp://host:8786"``.
    cluster
        Any Dask cluster object instead. With neither, Dask's own ``DASK_SCHEDULER_ADDRESS`` says
        where; if it says nothing, a cluster is started on this machine, once for this process.

    Attributes
    ----------
    dask_client
        The Dask client underneath.

    Raises
    ------
    ConnectionFailedError
        If the scheduler cannot be reached.
    VersionError
        If the scheduler has no Maze, or another version of it.
    """

    def __init__(self, address: str | None = None, *, cluster: Cluster | None = None) -> None:
        self._connection = connect(address, cluster)
        self.dask_client: Client = self._connection.client
        self._address = self._connection.address
        self._is_closed = False
        self._workflows: dict[str, Workflow] = {}
        self._runs: dict[str, Run] = {}
        self._streams: dict[str, Future[None]] = {}
        try:
            self._install_plugin()
        except BaseException:
            self._connection.close()
            raise

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        return self._address

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

        Raises
        ------
        UnknownRunError
            If the cluster does not know it.
        """
        found = self._runs.get(run_id)
        if found is None:
            known = {summary.run_id for summary in self.runs()}
            if run_id not in known:
                raise UnknownRunError(f"run {run_id!r} is not known: {nearest(run_id, known)}")
            found = self._follow(run_id)
        return found

    def runs(self) -> list[RunSummary]:
        """Return the runs that the cluster knows, oldest first."""
        return decode_runs(self._call("maze_runs"))

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
        self.drop_cached(run_id)

    def close(self) -> None:
        """Close the connection. Runs go on, and so does the cluster."""
        self._is_closed = True
        for stream in self._streams.values():
            stream.cancel()
        self._connection.close()

    # What workflows ask of their client

    def submit(self, workflow: WorkflowGraph, *, fail_fast: bool) -> str:
        """Run a frozen copy of a workflow; return the run's id at once."""
        frozen = freeze(workflow, new_run_id())
        submission = Submission(frozen.run_id, frozen.graph, fail_fast)
        self._call(
            "maze_submit",
            submission=encode(submission),
            graph=Serialized(*serialize(to_serialize(LLGExpr(frozen.nodes)))),
            keys=frozen.keys,
            order=preferred_order(frozen.nodes),
        )
        report_run(self._follow(frozen.run_id).log, workflow.name)
        return frozen.run_id

    def live_runs(self, workflow_id: str) -> list[str]:
        """Return the ids of the runs of a workflow that have not ended."""
        return [
            run.run_id
            for run in self.runs()
            if run.workflow_id == workflow_id and run.finished is None
        ]

    def cached_runs(self) -> list[str]:
        """Return the ids of the runs whose messages are here."""
        return list(self._runs)

    def drop_cached(self, run_id: str | None = None) -> None:
        """Drop the messages of one run, or of all, that are here."""
        for dropped in [run_id] if run_id is not None else list(self._runs):
            self._runs.pop(dropped, None)
            stream = self._streams.pop(dropped, None)
            if stream is not None:
                stream.cancel()

    def _follow(self, run_id: str) -> Run:
        log = MessageLog(run_id)

        def fetch(task_id: str, name: str) -> Mapping[str, Any]:
            return self._fetch(run_id, task_id, name)

        self._streams[run_id] = start_stream(
            self.dask_client, self.address, log, lambda message: make_readable(message, fetch)
        )
        outlives_us = self._connection.kind in ("address", "configured", "kept")
        run = self._runs[run_id] = Run(log, self._call, self.address if outlives_us else None)
        return run

    def _fetch(self, run_id: str, task_id: str, name: str) -> Mapping[str, Any]:
        return fetch_outputs(self._ask, task_key(name, run_id, task_id), name, run_id)

    def _call(self, operation: str, **arguments: Any) -> Any:
        return answer_of(self._ask(operation, **arguments))

    def _ask(self, operation: str, **arguments: Any) -> Any:
        async def ask() -> Any:
            return await getattr(self.dask_client.scheduler, operation)(**arguments)

        if self._is_closed:
            raise closed_client(self.address)
        if is_closed(self.dask_client):
            raise lost_scheduler(self.address)
        try:
            reply = self.dask_client.sync(ask, callback_timeout=_CALL_SECONDS)
        except (OSError, CommClosedError, TimeoutError) as error:
            raise lost_scheduler(self.address, error) from error
        except (RuntimeError, AttributeError) as error:
            # What the scheduler raises comes here too, and is to be seen as it is.
            if not is_closed(self.dask_client):
                raise
            raise lost_scheduler(self.address, error) from error
        if reply is None:
            raise scheduler_without_maze(self.address)
        return reply

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
        theirs = self._ask("maze_version")
        if theirs != __version__:
            raise VersionError(
                f"the scheduler at {self.address} runs maze_nb {theirs}, but this is "
                f"{__version__}: install the same version on both, and start the scheduler anew"
            )

    def __repr__(self) -> str:
        return f"<MaClient {self.address}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
