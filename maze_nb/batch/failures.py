"""What is said of a run that did not succeed."""

from __future__ import annotations

from maze_nb.batch.run_report import RunRecord
from maze_nb.projection.humane import short_id


def failure_lines(run: RunRecord) -> list[str]:
    """Return a line for each task of a run that failed, and one if the run has no end."""
    lines = []
    for task in run.failed_tasks:
        after = f" after {task.attempts} attempts" if task.attempts > 1 else ""
        lines.append(f"✕ task {task.name} of run {short_id(run.run_id)}{after}: {task.error}")
    if run.finished is None:
        lines.append(_unfinished_text(run))
    elif not run.has_succeeded and not lines:
        lines.append(f"✕ run {short_id(run.run_id)} of {run.workflow} is {run.status}")
    return lines


def _unfinished_text(run: RunRecord) -> str:
    # Commands take the whole id.
    name = f"! run {short_id(run.run_id)}"
    if run.is_interrupted:
        return f"{name} was interrupted: resume it with maze-nb runs resume {run.run_id}"
    return f"{name} had not ended when the kernel did: see maze-nb runs show {run.run_id}"
