"""The handle of one run, whoever started it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from maze_nb.errors import MazeError
from maze_nb.model.states import RunStatus
from maze_nb.projection.summary import RunSummary, summarize
from maze_nb.sdk.failure import failure_of
from maze_nb.sdk.goes_again import GoesAgain
from maze_nb.sdk.interrupt import telling_that_it_goes_on
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.presenter import presenter, show_run
from maze_nb.sdk.run_index import RunIndex
from maze_nb.sdk.run_messages import Messages
from maze_nb.sdk.run_stories import find_stories
from maze_nb.sdk.task_result import TaskResult
from maze_nb.sdk.whole_display import whole_display
from maze_nb.wire.messages import Message
from maze_nb.wire.task_story import TaskStories, TaskStory

if TYPE_CHECKING:
    from maze_nb.artifacts.artifact import Artifact
    from maze_nb.sdk.client import MaClient

_PATIENCE = 10.0


class Run(GoesAgain):
    """One run.

    Attributes
    ----------
    run_id
        Names it, here and in every other process.
    client
        The client that it was had from.
    """

    def __init__(
        self,
        log: MessageLog,
        call: Callable[..., Any],
        goes_on_at: str | None = None,
        *,
        taken_up: Callable[[str], Run],
        client: MaClient,
    ) -> None:
        self.client = client
        self._taken_up = taken_up
        self.run_id = log.run_id
        self.log = log
        self._call = call
        self._goes_on_at = goes_on_at
        self._index = RunIndex(log)

    @property
    def status(self) -> str:
        """Where the run stands: pending, running, succeeded, failed, cancelled or interrupted.

        It is interrupted if the scheduler was lost before it had ended.
        """
        self._index.refresh()
        return RunStatus.INTERRUPTED.value if self.log.is_interrupted else self._index.status

    @property
    def is_finished(self) -> bool:
        """Whether the run has ended and all of its messages are here."""
        return self.log.is_complete

    def wait(self, timeout: float | None = None) -> str:
        """Wait until the run ends.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.

        Returns
        -------
        str
            The status then, which is a final one unless the time was up.

        Raises
        ------
        ConnectionFailedError
            If the scheduler is lost.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._noting():
            for _ in self.log.follow(deadline):
                pass
        return self.status

    @property
    def outlives_us(self) -> bool:
        """Whether the run goes on when this process ends: its scheduler is in another one."""
        return self._goes_on_at is not None

    def messages(self, *, verbose: bool = False) -> Messages:
        """Return the messages; iterating over them goes along with the run.

        Parameters
        ----------
        verbose
            Whether each message is printed as a line too, when it is first come by.
        """
        return Messages(self.log, self._goes_on_at, is_printed=verbose)

    def result(self, task: Any, timeout: float | None = None) -> dict[str, Any]:
        """Return the outputs of a task; wait for it if it has not ended.

        Parameters
        ----------
        task
            A task's id, its name if no other has it, or the task itself.
        timeout
            Seconds to wait; None waits as long as it takes.

        Raises
        ------
        UnknownTaskError
            If the run has no such task.
        Exception
            What the task raised, with the remote traceback as its cause.
        TaskSkippedError, TaskCancelledError
            If the task did not run.
        TimeoutError
            If the time was up.
        ConnectionFailedError
            If the scheduler is lost, and what it holds is needed.
        """
        with self._noting():
            return TaskResult(self.outputs(task, timeout))

    def outputs(self, task: Any, timeout: float | None = None) -> Mapping[str, Any]:
        """Return the outputs of a task as ``result`` does, each fetched when it is first read."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._noting():
            message = self._final_message(task, deadline)
        if message["type"] != "finish_task":
            root = message["data"].get("root_cause")
            raise failure_of(message, root and self._finals().get(root["task_id"]))
        found: Mapping[str, Any] = message["data"]["result"]
        return found

    def artifacts(self, task: Any, timeout: float | None = None) -> dict[str, Artifact]:
        """Return the files that a task left, by name; wait for it as ``result`` does.

        Each is a path wherever one is asked for: what is elsewhere is fetched then, once.

        Raises
        ------
        ArtifactError
            If there are some, and nobody here can tell which.
        """
        from maze_nb.sdk.task_artifacts import artifacts_of

        return artifacts_of(self, task, timeout)

    @property
    def task_results(self) -> dict[str, Mapping[str, Any]]:
        """The outputs of every task that has succeeded so far, by task id.

        Those of the items of a map are in its lists; of one item ``result("name[3]")`` has them.
        """
        return {
            task_id: message["data"]["result"]
            for task_id, message in self._finals().items()
            if message["type"] == "finish_task" and task_id not in self._index.items
        }

    def summary(self) -> RunSummary:
        """Return what the run came to, as far as its messages tell."""
        found = summarize(self.log.read())
        found["status"] = self.status
        return found

    def show(self) -> RunSummary:
        """Show the run until it ends, and return what it came to."""
        with self._noting():
            show_run(self)
        return self.summary()

    def cancel(self, task: Any = None) -> None:
        """Cancel what has not ended: a task in a child process is stopped at once.

        A task in a thread cannot be stopped: it ends unheard, and only then gives its place back.

        Parameters
        ----------
        task
            Only this one: a task, its id, or its name if no other has it. What depends on it is
            skipped, the rest of the run goes on.

        Raises
        ------
        UnknownTaskError
            If the run has no such task.
        """
        if task is None:
            self._call("maze_cancel", run_id=self.run_id)
        else:
            self._call("maze_cancel", run_id=self.run_id, task_id=self.task_id_of(task))

    def explain(self, task: Any) -> str:
        """Return where a task stands and, if it waits for resources, what it lacks."""
        answer: str = self._call("maze_explain", run_id=self.run_id, task_id=self.task_id_of(task))
        return answer

    def task_id_of(self, task: Any) -> str:
        """Return the id of a task given by id, by name, or as the task itself.

        Raises
        ------
        UnknownTaskError
            If the run has no such task, or several of this name.
        """
        self.log.wait(0, _PATIENCE)
        self._index.refresh()
        return self._index.task_id_of(task)

    def story(self, task: Any) -> TaskStory:
        """Return the source of a task and its inputs, as told when the run was submitted."""
        from maze_nb.sdk.task_stories import find_story

        return find_story(self._call, self.run_id, self.task_id_of(task))

    def stories(self) -> TaskStories:
        """Return the sources and the inputs of all tasks, as told when the run was submitted."""
        return find_stories(self._call, self.run_id)

    def display(self, stored: Mapping[str, object]) -> dict[str, Any] | None:
        """Return by MIME type a display that is too big for a message; None if it is gone.

        Parameters
        ----------
        stored
            What the ``task_display`` message says of the file that has it.
        """
        return whole_display(self._call, stored)

    def _noting(self) -> AbstractContextManager[None]:
        return telling_that_it_goes_on(self.log, self._goes_on_at)

    def _finals(self) -> dict[str, Message]:
        self._index.refresh()
        return self._index.final

    def _final_message(self, task: Any, deadline: float | None) -> Message:
        self.log.wait(0, None if deadline is None else max(deadline - time.monotonic(), 0))
        self._index.refresh()
        task_id = self._index.task_id_of(task)
        while task_id not in self._finals():
            if self.log.is_complete:
                raise MazeError(f"run {self.run_id} ended without a word on task {task_id}")
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimeoutError(f"task {task_id} of run {self.run_id} has not ended yet")
            self.log.wait(self.log.last_seq, left)
        return self._finals()[task_id]

    def __repr__(self) -> str:
        return f"<run {self.run_id} {self.status}>"

    def _ipython_display_(self) -> None:
        found = presenter()
        if found is None:
            print(repr(self))  # noqa: T201 - the plain way to show a value
        elif not found.show_run(self):
            found.print_run(self.log)
