"""The client of workflows that functions make, unless they are given another."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from threading import Lock

from maze_nb.sdk.caching import CacheUse
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph

_lock = Lock()
_client: MaClient | None = None


def default_client() -> MaClient:
    """Return the client that is shared in this process; connect when it is first asked for.

    If its connection is closed by now, it is replaced by a new one.
    """
    global _client
    with _lock:
        if _client is None or _client.dask_client.status not in ("running", "connecting"):
            _client = MaClient()
        return _client


class DefaultClient:
    """Stands for the default client, which connects when something is to be run or read."""

    def submit(
        self,
        workflow: WorkflowGraph,
        *,
        fail_fast: bool,
        cache: CacheUse = None,
        taken: Mapping[str, str] | None = None,
        destination: str | PathLike[str] | None = None,
    ) -> str:
        """Run a frozen copy of a workflow; return the run's id at once."""
        return default_client().submit(
            workflow, fail_fast=fail_fast, cache=cache, taken=taken, destination=destination
        )

    def plan(self, workflow: WorkflowGraph, *, cache: CacheUse) -> Plan:
        """Return what a run of a workflow would do with each task."""
        return default_client().plan(workflow, cache=cache)

    def get_run(self, run_id: str) -> Run:
        """Return the handle of a run."""
        return default_client().get_run(run_id)

    def live_runs(self, workflow_id: str) -> list[str]:
        """Return the ids of the runs of a workflow that have not ended."""
        return default_client().live_runs(workflow_id)

    def cached_runs(self) -> list[str]:
        """Return the ids of the runs whose messages are here."""
        return default_client().cached_runs()

    def drop_cached(self, run_id: str | None = None) -> None:
        """Drop the messages of one run, or of all, that are here."""
        default_client().drop_cached(run_id)
