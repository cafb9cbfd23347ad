"""A run in plain words: its headline, and its failures below."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.model.rows import RunRow, Snapshot
from maze_nb.model.states import RunStatus
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.humane import count_text, short_id
from maze_nb.projection.interruption import resumes_text, span_text, status_text
from maze_nb.projection.looks import WAS_RUNNING, count_word, run_look, task_look
from maze_nb.projection.reuse import success_text
from maze_nb.projection.wording import failure_line

FAILURES_SHOWN = 10
_ALWAYS_SAID = ("failed", "skipped", "cancelled", "retrying", "running", WAS_RUNNING, "pending")


def headline(name: str, run: RunRow) -> list[str]:
    """Return the parts of a run's headline: name, run, status, what needs saying, tasks, time.

    Parameters
    ----------
    name
        The workflow's name.
    run
        The run's row of a snapshot.

    Returns
    -------
    list of str
        Such as ``["digits", "run 3f9c12ab…", "failed", "1 failed", "2 skipped", "5 tasks",
        "1.2 s"]``.
    """
    parts = [
        name,
        f"run {short_id(run['run_id'])}" if run["run_id"] else "",
        status_text(run),
    ]
    counts = run["counts"]
    if run["reused"] or run["status"] == RunStatus.INTERRUPTED:
        parts.append(success_text(run))
    parts += [count_word(counts[state], state) for state in _ALWAYS_SAID if counts.get(state)]
    parts += [count_text(sum(counts.values()), "task"), span_text(run), resumes_text(run)]
    return [part for part in parts if part]


def run_text(graph: Mapping[str, object] | None, snapshot: Snapshot) -> str:
    """Return a run as plain text: a headline and a line for each task that failed.

    ::

        ✕ digits · run 3f9c12ab… · failed · 1 failed · 1 skipped · 5 tasks · 1.2 s
          ✕ train: ValueError: no rows
    """
    shape = shape_of(graph or {})
    run = snapshot["run"]
    first = f"{run_look(run['status']).glyph} {' · '.join(headline(shape.name, run))}"
    failures = _failures(shape, snapshot)
    # Of a map not every failure is told one by one.
    more = max(len(failures), run["counts"].get("failed", 0)) - min(len(failures), FAILURES_SHOWN)
    lines = [first, *failures[:FAILURES_SHOWN], *([f"  … {more} more"] if more > 0 else [])]
    return "\n".join(lines)


def _failures(shape: GraphShape, snapshot: Snapshot) -> list[str]:
    glyph = task_look("failed").glyph
    lines = []
    for task_id, row in snapshot["tasks"].items():
        error = row["error"]
        if row["state"] != "failed" or error is None:
            continue
        each = snapshot["maps"].get(task_id)
        if each is None or not each["counts"].get("failed"):
            lines.append(f"  {glyph} {shape.name_of(task_id)}: {failure_line(error)}")
    return lines
