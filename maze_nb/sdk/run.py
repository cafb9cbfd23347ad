"""The handle of one run, whoever started it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.model.ids import new_run_id
from maze_nb.model.states import RunStatus
from maze_nb.projection.summary import RunSummary, summarize
from maze_nb.sdk.failure import failure_of
from maze_nb.sdk.interrupt import telling_that_it_goes_on
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import presenter, show_run
from maze_nb.sdk.run_index import RunIndex
from maze_nb.sdk.run_messages import Messages
from maze_nb.wire.messages import Message
from maze_nb.wire.submission import decode_plan

_PATIENCE = 10.0


class Run:
    """One run.

    Attributes
    ----------
    run_id
        Names it, here and in every other process.
    """

    def __init__(
        self,
        log: MessageLog,
        call: Callable[..., Any],
        goes_on_at: str | None = None,
        *,
        taken_up: Callable[[str], Run],
    ) -> None:
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
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._noting():
            message = self._final_message(task, deadline)
            if message["type"] == "finish_task":
                return dict(message["data"]["result"])
        raise failure_of(message)

    @property
    def task_results(self) -> dict[str, Mapping[str, Any]]:
        """The outputs of every task that has succeeded so far, by task id."""
        return {
            task_id: message["data"]["result"]
            for task_id, message in self._finals().items()
            if message["type"] == "finish_task"
        }

    def summary(self) -> RunSummary:
        """Return what the run came to, as far as its messages tell."""
        found = summarize(self.log.read())
        found["status"] = self.status
        return found

    def show(self) -> RunSummary:
        """Show the run until it ends, and return what it came to."""
        with self._noting():
            show_run(self.log)
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
            self._call("maze_cancel", run_id=self.run_id, task_id=self._id_of(task))

    def explain(self, task: Any) -> str:
        """Return where a task stands and, if it waits for resources, what it lacks."""
        answer: str = self._call("maze_explain", run_id=self.run_id, task_id=self._id_of(task))
        return answer

    def resume(self) -> Run:
        """Take up this run, whose scheduler was lost: only what has no stored result is computed.

        Returns
        -------
        Run
            This run, at once.

        Raises
        ------
        MazeError
            If it has ended, or goes on.
        """
        self._call("maze_resume", run_id=self.run_id)
        return self._taken_up(self.run_id)

    def plan(self) -> Plan:
        """Return what ``resume()``, or ``rerun(failed_only=True)``, would do with each task."""
        return Plan(decode_plan(self._call("maze_plan_resume", run_id=self.run_id)))

    def rerun(self, *, failed_only: bool = False, from_task: Any = None) -> Run:
        """Run the same workflow again, as it was frozen then, in a new run.

        Parameters
        ----------
        failed_only
            Whether all results that are stored are taken over, so that only what failed, was
            skipped or cancelled, or whose result is gone, is computed.
        from_task
            A task, its id, or its name if no other has it: this one and all that depends on it are
            computed again, and of the others only those without a stored result.

        Returns
        -------
        Run
            The new run, at once.

        Raises
        ------
        UnknownTaskError
            If the run has no such task.
        """
        task_id = None if from_task is None else self._id_of(from_task)
        run_id = new_run_id()
        self._call(
            "maze_rerun",
            run_id=self.run_id,
            new_run_id=run_id,
            failed_only=failed_only,
            from_task=task_id,
        )
        return self._taken_up(run_id)

    def _noting(self) -> AbstractContextManager[None]:
        return telling_that_it_goes_on(self.log, self._goes_on_at)

    def _id_of(self, task: Any) -> str:
        self.log.wait(0, _PATIENCE)
        self._index.refresh()
        return self._index.task_id_of(task)

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
        if found is None or not found.show_run(self.log):
            print(repr(self))  # noqa: T201 - the plain way to show a value
