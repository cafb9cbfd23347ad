"""A workflow with its client: run it, read its runs, look at its graph."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakValueDictionary

from maze_nb.errors import WorkflowError
from maze_nb.sdk.caching import CacheUse
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_messages import Messages
from maze_nb.sdk.shown_graph import ShownGraph
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask

if TYPE_CHECKING:
    from maze_nb.projection.summary import RunSummary

_made: WeakValueDictionary[str, Workflow] = WeakValueDictionary()


def made_here(workflow_id: str) -> Workflow | None:
    """Return the workflow with an id, whichever client of this process made it, if one did."""
    return _made.get(workflow_id)


class RunsWorkflows(Protocol):
    """What a workflow needs of its client."""

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
        ...

    def plan(self, workflow: WorkflowGraph, *, cache: CacheUse) -> Plan:
        """Return what a run of a workflow would do with each task."""
        ...

    def get_run(self, run_id: str) -> Run:
        """Return the handle of a run."""
        ...

    def live_runs(self, workflow_id: str) -> list[str]:
        """Return the ids of the runs of a workflow that have not ended."""
        ...

    def cached_runs(self) -> list[str]:
        """Return the ids of the runs whose messages are here."""
        ...

    def drop_cached(self, run_id: str | None = None) -> None:
        """Drop the messages of one run, or of all, that are here."""
        ...


class Workflow(ShownGraph):
    """A directed acyclic graph of tasks that can be edited, looked at and run.

    Made by ``MaClient.create_workflow``, or by calling a function decorated with ``@workflow``.

    Attributes
    ----------
    returns
        What the function that made it returned, with what stands for outputs in it.
    """

    def __init__(self, client: RunsWorkflows, name: str | None = None) -> None:
        super().__init__(name)
        self._client = client
        self.returns: Any = None
        _made[self.workflow_id] = self

    def run(
        self,
        *,
        fail_fast: bool = False,
        cache: CacheUse = None,
        taken: Mapping[str, str] | None = None,
        destination: str | PathLike[str] | None = None,
    ) -> str:
        """Run a frozen copy of this workflow.

        Parameters
        ----------
        fail_fast
            Whether the first failure cancels all that has not ended. Otherwise only what depends
            on a failed task is skipped.
        cache
            Whether the outputs of all tasks, or of none, may come from the result cache; by default
            of those with ``cache=True``. ``"refresh"`` computes those too, and keeps what they
            make in place of what was kept.
        taken
            Tasks whose outputs are those of another run, as its ``run_id`` by task id. It may still
            go on. What it does not come to make is computed.
        destination
            Where the files go that its tasks leave, those that name no destination themselves; by
            default where the client says.

        Returns
        -------
        str
            The ``run_id``, at once.

        Raises
        ------
        InputError
            If an input has no value.
        OptionError
            If the deadline of a task has passed, or the destination makes no sense.
        ArtifactError
            If a package is not installed that a destination takes.
        SerializationError
            If a function or a value cannot be pickled.
        ConnectionFailedError
            If the scheduler does not answer.
        """
        run_id = self._client.submit(
            self, fail_fast=fail_fast, cache=cache, taken=taken, destination=destination
        )
        self._note_run(run_id)
        return run_id

    def plan(self, *, cache: CacheUse = None) -> Plan:
        """Say what a run would do with each task: what is cached, what will run, and why.

        Parameters
        ----------
        cache
            As for ``run``.

        Raises
        ------
        SerializationError
            If an input of a cached task cannot be told apart from others by its content.
        ConnectionFailedError
            If the scheduler does not answer.
        """
        return self._client.plan(self, cache=cache)

    def get_results(self, run_id: str, verbose: bool = True) -> Messages:
        """Return the messages of a run, at once; iterating over them goes along with the run.

        Parameters
        ----------
        verbose
            Whether the messages are printed as lines too, as they come: of long maps how far they
            are, and what failed.

        Raises
        ------
        UnknownRunError
            If the run is not known.
        """
        return self._client.get_run(run_id).messages(verbose=verbose)

    def show_results(self, run_id: str) -> RunSummary:
        """Show a run live until it ends.

        Returns
        -------
        dict
            With ``run_id, status, workflow_completed`` (whether every task succeeded),
            ``task_results`` (the outputs by task id), ``has_exception`` and ``exception_tasks``.

        Raises
        ------
        UnknownRunError
            If the run is not known.
        """
        return self._client.get_run(run_id).show()

    def get_task_result(self, run_id: str, task: Any) -> dict[str, Any]:
        """Return the outputs of a task of a run; wait for it if it has not ended.

        Parameters
        ----------
        task
            A task, its id, or its name if no other task has it.

        Raises
        ------
        UnknownRunError, UnknownTaskError
            If there is no such run or task.
        Exception
            What the task raised, with the remote traceback as its cause.
        """
        return self._client.get_run(run_id).result(task)

    def returned(self, run_id: str, timeout: float | None = None) -> Any:
        """Return what the function that made this workflow returned, with the values of a run.

        It waits for the tasks whose outputs are in it, and for no others.
        Only the process that made this workflow knows what was returned: in another one,
        ``client.get_run(run_id).result("name of a task")`` reads the outputs one by one.

        Parameters
        ----------
        timeout
            Seconds to wait; None waits as long as it takes.

        Raises
        ------
        UnknownRunError
            If the run is not known.
        Exception
            What one of these tasks raised, with the remote traceback as its cause.
        TaskSkippedError, TaskCancelledError
            If one of them did not run.
        TimeoutError
            If the time was up.
        """
        # Most workflows are not made by functions.
        from maze_nb.sdk.flow_returned import values_of

        return values_of(self.returns, self._client.get_run(run_id).outputs, timeout)

    def find_run(self, run_id: str) -> Run:
        """Return the handle of a run of this workflow."""
        return self._client.get_run(run_id)

    def cancel_task(self, task: WorkflowTask, run_id: str | None) -> None:
        """Cancel a task in a run, by default in the one that has not ended."""
        if run_id is None:
            live = self._client.live_runs(self.workflow_id)
            if len(live) != 1:
                runs = f"run{'s' if live else ''} of workflow {self.name!r}"
                several = f"{len(live)} {runs} go on ({', '.join(live)}): say in which of them"
                raise WorkflowError(
                    f"task {task.name!r} cannot be cancelled: "
                    + (f"{several}, by task.cancel(run_id)" if live else f"no {runs} goes on")
                )
            run_id = live[0]
        self._client.get_run(run_id).cancel(task)

    def list_cached_runs(self) -> list[str]:
        """Return the ids of the runs that can be read without a cluster, oldest first."""
        return self._client.cached_runs()

    def clear_cache(self, run_id: str | None = None) -> None:
        """Drop the copies of one run, or of all, that are here; run stores keep their own."""
        self._client.drop_cached(run_id)

    def __repr__(self) -> str:
        return f"<workflow {self.name}, {len(self.get_tasks())} tasks>"
