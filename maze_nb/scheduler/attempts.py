"""What follows when an attempt at a task failed or was lost, and what is told of it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from maze_nb.engine.events import Fate
from maze_nb.engine.retry import delay_after_break, delay_after_failure, delay_after_loss
from maze_nb.errors import PoisonousTaskError
from maze_nb.model.last_output import MARK
from maze_nb.model.states import TaskState
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.dispatch import Dispatch
from maze_nb.scheduler.journal import Journal, lost_report
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.wire.task_call import FailureReport

_LAST_WORDS_SECONDS = 5.0
"""So long the nanny of a lost worker has to say how it ended."""
_POLL_SECONDS = 0.05


def note_failure(task: TaskRecord, report: FailureReport, crew: Crew) -> None:
    """Note how an attempt failed, and decide when the next is due, if any."""
    attempts, chance = task.attempts, random.random()  # noqa: S311
    task.failure = report
    if report.is_broken:
        attempts.broken += 1
        task.retry_in = delay_after_break(attempts, chance=chance)
    elif report.is_lost:
        attempts.lose(report.error.message)
        task.retry_in = delay_after_loss(attempts, chance=chance)
        if task.retry_in is None:
            task.failure = poisonous(task, crew)
    else:
        attempts.failed += 1
        task.retry_in = delay_after_failure(
            attempts, task.spec.options, is_retryable=report.is_retryable, chance=chance
        )


def delay_after_lost_worker(task: TaskRecord, worker: str, *, is_lost: bool) -> float | None:
    """Return the seconds until the next attempt, None if there is to be none.

    Parameters
    ----------
    is_lost
        Whether the worker was lost, and did not give the task back.
    """
    if not is_lost:
        return 0.0
    task.attempts.lose(worker)
    return delay_after_loss(task.attempts, chance=random.random())  # noqa: S311


def fate_of(report: FailureReport) -> Fate:
    """Return what a failure says of the node it happened on."""
    return Fate.BROKEN if report.is_broken else Fate.FAILED


def poisonous(task: TaskRecord, crew: Crew) -> FailureReport:
    """Return the report of a task that took too many processes down."""
    deaths = [crew.end_of(death).partition(MARK) for death in task.attempts.deaths or ()]
    known = "; ".join(f"attempt {n}: {death}" for n, (death, *_) in enumerate(deaths, 1))
    # What the processes wrote last is much the same for all of them.
    last = "".join(deaths[-1][1:]) if deaths else ""
    text = (
        f"task {task.spec.name!r} took {len(deaths)} processes down with it, so it is not "
        f"tried again ({known}){last}"
    )
    return lost_report(task, "PoisonousTaskError", text, text)


class Retries:
    """Has tasks tried again whose attempts failed or were lost.

    Parameters
    ----------
    end
        Ends the attempt of a task, given how long it took and what that says of its node.
    fail
        Fails a task for good.
    """

    def __init__(
        self,
        crew: Crew,
        journal: Journal,
        dispatch: Dispatch,
        end: Callable[[TaskRecord, float | None, Fate | None], None],
        fail: Callable[[TaskRecord, FailureReport], None],
    ) -> None:
        self._crew = crew
        self._journal = journal
        self._dispatch = dispatch
        self._end = end
        self._fail = fail

    def after_failure(self, task: TaskRecord, delay: float) -> None:
        """Try a task again after its attempt failed, `delay` seconds from now."""
        report = task.failure
        assert report is not None
        self._end(task, report.duration or None, fate_of(report))
        self._wait_before_retry(task, delay)
        reason = f"{report.error.type}: {report.error.message}"
        self._journal.task_retried(task, reason, delay, report)

    def after_loss(self, task: TaskRecord, *, is_lost: bool) -> None:
        """Try a task again after its worker was lost, or gave it back; up to a bound."""
        worker = task.slot_id or ""
        took_it_down = is_lost and not self._crew.is_leaving(worker)
        delay = delay_after_lost_worker(task, worker, is_lost=took_it_down)
        if delay is None:
            task.is_given_up = True
            self._give_up_soon(task, worker, time.monotonic() + _LAST_WORDS_SECONDS)
            return
        self._wait_before_retry(task, delay)
        if not is_lost and not task.is_start_told:
            # It was placed ahead and never began: to people it has waited all along.
            return
        reason = self._crew.end_of(worker) if is_lost else f"worker {worker} gave it back"
        self._journal.task_retried(task, reason, delay)

    def _wait_before_retry(self, task: TaskRecord, delay: float) -> None:
        task.not_before = time.monotonic() + delay
        task.run.progress.advance(task.spec.task_id, TaskState.RETRYING)

    def _give_up_soon(self, task: TaskRecord, worker: str, latest: float) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(_POLL_SECONDS, self._give_up, task, worker, latest)

    def _give_up(self, task: TaskRecord, worker: str, latest: float) -> None:
        if not self._crew.is_end_known(worker) and time.monotonic() < latest:
            self._give_up_soon(task, worker, latest)
            return
        report = poisonous(task, self._crew)
        self._fail(task, report)
        self._dispatch.reject(task, PoisonousTaskError(report.error.message))
