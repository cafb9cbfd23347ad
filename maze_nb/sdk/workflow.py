"""A workflow with its client: run it, read its runs, look at its graph."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from maze_nb.errors import WorkflowError
from maze_nb.projection.graph_text import GraphInfo, graph_info, graph_mermaid, graph_print
from maze_nb.projection.summary import RunSummary
from maze_nb.sdk.picture import GraphPicture
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import presenter
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_messages import Messages
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import WorkflowTask


class RunsWorkflows(Protocol):
    """What a workflow needs of its client."""

    def submit(self, workflow: WorkflowGraph, *, fail_fast: bool, cache: bool | None = None) -> str:
        """Run a frozen copy of a workflow; return the run's id at once."""
        ...

    def plan(self, workflow: WorkflowGraph, *, cache: bool | None) -> Plan:
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


class Workflow(WorkflowGraph):
    """A directed acyclic graph of tasks that can be edited, looked at and run.

    Made by ``MaClient.create_workflow``.
    """

    def __init__(self, client: RunsWorkflows, name: str | None = None) -> None:
        super().__init__(name)
        self._client = client

    def run(self, *, fail_fast: bool = False, cache: bool | None = None) -> str:
        """Run a frozen copy of this workflow.

        Parameters
        ----------
        fail_fast
            Whether the first failure cancels all that has not ended. Otherwise only what depends
            on a failed task is skipped.
        cache
            Whether the outputs of all tasks, or of none, may come from the result cache; by default
            of those with ``cache=True``.

        Returns
        -------
        str
            The ``run_id``, at once.

        Raises
        ------
        InputError
            If an input has no value.
        OptionError
            If the deadline of a task has passed.
        SerializationError
            If a function or a value cannot be pickled.
        ConnectionFailedError
            If the scheduler does not answer.
        """
        return self._client.submit(self, fail_fast=fail_fast, cache=cache)

    def plan(self, *, cache: bool | None = None) -> Plan:
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
            Whether each message is printed as a line too, as it comes.

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

    def get_graph_info(self) -> GraphInfo:
        """Return the tasks and edges of the graph as plain data."""
        return graph_info(self.as_dict())

    def get_graph_mermaid(self) -> str:
        """Return the graph as text in the Mermaid language."""
        return graph_mermaid(self.as_dict())

    def print_graph(self) -> None:
        """Print the graph as text."""
        print(graph_print(self.as_dict()))  # noqa: T201 - printing is what it is for

    def draw_graph(self, path: str | Path | None = None) -> GraphPicture:
        """Draw the graph.

        Parameters
        ----------
        path
            A file to write to, ending in ``.svg`` or ``.html``.

        Returns
        -------
        GraphPicture
            Which a notebook shows as a picture.

        Raises
        ------
        WorkflowError
            If the file has another ending.
        """
        picture = GraphPicture(self.as_dict())
        if path is not None:
            picture.save(path)
        return picture

    def __repr__(self) -> str:
        return f"<workflow {self.name}, {len(self.get_tasks())} tasks>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        found = presenter()
        if found is None:
            return {"text/plain": graph_print(self.as_dict())}
        return found.graph_bundle(self.as_dict())
