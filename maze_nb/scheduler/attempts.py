"""What follows when an attempt at a task failed or was lost, and what is told of it."""

from __future__ import annotations

import random

from maze_nb.engine.events import Fate
from maze_nb.engine.retry import delay_after_break, delay_after_failure, delay_after_loss
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.journal import lost_report
from maze_nb.scheduler.run_record import TaskRecord
from maze_nb.wire.task_call import FailureReport


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
    deaths = [crew.end_of(death) for death in task.attempts.deaths or ()]
    known = "; ".join(f"attempt {n}: {death}" for n, death in enumerate(deaths, 1))
    text = (
        f"task {task.spec.name!r} took {len(deaths)} processes down with it, so it is not "
        f"tried again ({known})"
    )
    return lost_report(task, "PoisonousTaskError", text, text)
