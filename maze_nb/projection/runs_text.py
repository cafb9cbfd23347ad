"""Runs as plain text: the list of them, and the tasks, results and messages of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from maze_nb.model.message_types import QUIET_MESSAGES
from maze_nb.model.rows import OutputRow, Snapshot, TaskRow
from maze_nb.projection.bounded import first_line
from maze_nb.projection.card_face import task_time
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.group_face import counts_text, items_text, map_label, map_state, map_time
from maze_nb.projection.humane import duration_text, short_id, size_text
from maze_nb.projection.looks import WAS_RUNNING, run_look, state_word, task_look
from maze_nb.projection.message import Message, data_of, mapping_of, number_of, text_of, type_of
from maze_nb.projection.progress_text import ProgressLines, progress_line
from maze_nb.projection.progress_words import advance_text
from maze_nb.projection.reuse import reuse_text, shown_state
from maze_nb.projection.task_order import listed_tasks
from maze_nb.projection.wording import failure_line, row_attempt_text, skip_text

TASKS_SHOWN = 40

Data = Mapping[str, object]

TASK_HEADINGS = ("task", "state", "time", "where", "result")
_HEADINGS = ("run", "workflow", "status", "started", "took", "tasks", "journal", "from")
_AGO = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_RANKS = {"failed": 0, "retrying": 1, "running": 2, WAS_RUNNING: 2, "pending": 3}


def runs_text(runs: Iterable[Data], now: float) -> str:
    """Return runs as a table, in the order given.

    Parameters
    ----------
    runs
        The summaries of the runs as mappings; what is missing is left blank.
    now
        The time, in seconds since 1970.
    """
    rows = [_run_row(run, now) for run in runs]
    return table_text(_HEADINGS, rows) if rows else "no runs"


def ago_text(seconds: float) -> str:
    """Return how long ago something was: ``now``, ``12 s ago``, ``3 h ago``, ``2 d ago``."""
    for length, unit in _AGO:
        if seconds >= length:
            return f"{int(seconds // length):,} {unit} ago"
    return "now"


class TaskLine(NamedTuple):
    """One task in a table: the state that it shows, and its cells under `TASK_HEADINGS`."""

    state: str
    cells: tuple[str, ...]


def task_lines(
    shape: GraphShape,
    snapshot: Snapshot,
    *,
    most: int | None = None,
    now: float | None = None,
    every_item: bool = False,
) -> list[TaskLine]:
    """Return the tasks of a run: what needs attention first, then by the graph.

    Parameters
    ----------
    shape
        The run's graph, for names and order.
    most
        How many are returned; None returns all.
    now
        The time, in seconds since 1970, for how long tasks have been running.
    every_item
        Whether the items of maps are there that say no more than the counts of their map do.
    """
    rows, maps = snapshot["tasks"], snapshot["maps"]
    order = listed_tasks(shape, snapshot, every_item=every_item)
    order.sort(key=lambda task_id: _RANKS.get(rows[task_id]["state"], len(_RANKS)))
    return [
        _map_line(task_id, snapshot, shape)
        if task_id in maps
        else _task_line(task_id, rows[task_id], shape, now)
        for task_id in order[:most]
    ]


def tasks_text(
    graph: Mapping[str, object] | None, snapshot: Snapshot, most: int | None = TASKS_SHOWN
) -> str:
    """Return the tasks of a run as a table, of many only so many; None shows all."""
    lines = task_lines(shape_of(graph or {}), snapshot, most=most, every_item=most is None)
    if not lines:
        return "no tasks"
    table = table_text(TASK_HEADINGS, [line.cells for line in lines])
    more = len(snapshot["tasks"]) - len(lines)
    return f"{table}\n… and {more:,} more, with --all" if more else table


def results_text(rows: Iterable[tuple[str, OutputRow]]) -> str:
    """Return outputs as a table, each with the name of its task; values where they are small."""
    told = [
        (
            first_line(task, 60),
            first_line(output["name"], 60),
            first_line(output["type"], 40),
            first_line(output["preview"], 60) if output["preview"] else output["summary"],
            output["place"],
        )
        for task, output in rows
    ]
    if not told:
        return "no results"
    return table_text(("task", "output", "type", "value", "kept"), told)


def log_lines(message: Message, folding: ProgressLines | None = None) -> list[str]:
    """Return a message as lines, with the time of day.

    Parameters
    ----------
    folding
        Says what there is to tell of each message, if not all.
    """
    stamp = clock_text(number_of(message.get("time")))
    if type_of(message) in QUIET_MESSAGES:
        return []
    told = [progress_line(message)] if folding is None else folding.of(message)
    lines = []
    for each in told:
        first, *rest = each.split("\n")
        lines += [f"{stamp}  {first}", *(f"{' ' * len(stamp)}  {line}" for line in rest)]
    return lines


def traceback_lines(message: Message) -> list[str]:
    """Return the traceback of a failure in lines; nothing for other messages.

    Of one that was not raised in Python code the first line is left out, which `log_lines` has.
    """
    if type_of(message) != "task_exception":
        return []
    data = data_of(message)
    lines = (text_of(data.get("result")) or "").rstrip().splitlines()
    said = str(mapping_of(data.get("error")).get("message") or "").partition("\n")[0]
    is_told = bool(lines and said) and lines[0].endswith(f"Error: {said}")
    return lines[1:] if is_told else lines


def clock_text(time: float | None) -> str:
    """Return a time as the clock here shows it, to the millisecond."""
    if time is None:
        return " " * 12
    return datetime.fromtimestamp(time).strftime("%H:%M:%S.%f")[:-3]


def date_text(time: float | None) -> str:
    """Return a time as date and time of day here."""
    return "" if time is None else datetime.fromtimestamp(time).strftime("%Y-%m-%d %H:%M:%S")


def table_text(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table with columns as wide as they have to be."""
    lines = [tuple(headings), *(tuple(row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _run_row(run: Data, now: float) -> tuple[str, ...]:
    status = first_line(run.get("status"))
    started, finished = number_of(run.get("started")), number_of(run.get("finished"))
    return (
        short_id(first_line(run.get("run_id"))).removesuffix("…"),
        first_line(run.get("workflow_name"), 40),
        f"{run_look(status).glyph} {state_word(status)}",
        "" if started is None else ago_text(now - started),
        "" if started is None or finished is None else duration_text(finished - started),
        _counts(mapping_of(run.get("counts"))),
        size_text(number_of(run.get("nbytes")) or 0),
        _place(first_line(run.get("origin"))),
    )


def _counts(counts: Data) -> str:
    numbers = {state: int(number_of(count) or 0) for state, count in counts.items()}
    return counts_text({state: number for state, number in numbers.items() if number})


def _place(origin: str) -> str:
    return PurePosixPath(origin).name if origin.startswith("/") else origin


def _map_line(task_id: str, snapshot: Snapshot, shape: GraphShape) -> TaskLine:
    row, each = snapshot["tasks"][task_id], snapshot["maps"][task_id]
    state = map_state(row, each, snapshot["run"])
    name = map_label(first_line(shape.name_of(task_id), 50), each)
    said = f"{task_look(state).glyph} {state_word(state)}"
    cells = (name, said, map_time(row, each), "", _outcome(row, shape) or items_text(each))
    return TaskLine(state, cells)


def _task_line(task_id: str, row: TaskRow, shape: GraphShape, now: float | None) -> TaskLine:
    state, task = shown_state(row), shape.tasks.get(task_id)
    attempt = row_attempt_text(row, task.attempts if task else 1)
    time = task_time(row)
    if row["state"] == "running" and now is not None and row["started"] is not None:
        time = duration_text(now - row["started"])
    gpus = f"GPU {', '.join(map(str, row['gpu_ids']))}" if row["gpu_ids"] else ""
    place = reuse_text(row["reused_from"]) or row["node_id"] or row["node_ip"] or ""
    cells = (
        first_line(shape.name_of(task_id), 60),
        f"{task_look(state).glyph} {state_word(state)}{f', {attempt}' if attempt else ''}",
        time,
        " · ".join(filter(None, (place, gpus))),
        _outcome(row, shape),
    )
    return TaskLine(state, cells)


def _outcome(row: TaskRow, shape: GraphShape) -> str:
    cause = row["root_cause"]
    if row["state"] == "failed" and row["error"] is not None:
        return failure_line(row["error"])
    if row["state"] == "skipped" and cause is not None:
        return skip_text(shape.name_of(cause), row["reason"])
    said = [part for part in (advance_text(row), first_line(row["reason"], 200)) if part]
    if said:
        return " · ".join(said)
    return ", ".join(f"{each['name']} ({each['summary']})" for each in row["outputs"])
