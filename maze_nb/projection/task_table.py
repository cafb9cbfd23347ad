"""The table of a run's tasks as HTML: failures first, with their tracebacks, then results."""

from __future__ import annotations

from maze_nb.model.rows import OutputRow, Snapshot, TaskRow
from maze_nb.projection.card_face import task_time
from maze_nb.projection.graph_shape import GraphShape
from maze_nb.projection.group_face import items_text, map_label, map_state, map_time
from maze_nb.projection.looks import WAS_RUNNING, state_word, task_look
from maze_nb.projection.markup import markup_text
from maze_nb.projection.progress_words import advance_text
from maze_nb.projection.reuse import reuse_text, shown_state
from maze_nb.projection.task_order import listed_tasks
from maze_nb.projection.wording import row_attempt_text, skip_text, usage_text

ROWS_SHOWN = 40
OUTPUTS_SHOWN = 5
TRACEBACK_CHARS = 8_000
TRACEBACKS_SHOWN = 10
"""So many failures have their tracebacks below them; of the others the message says what it was."""

_LEADING = {"failed": 0, "retrying": 1, "running": 2, WAS_RUNNING: 2, "pending": 3}
_END, _REST = 4, 5
_CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0;border:0;white-space:nowrap"
_PRE = (
    "margin:4px 0;padding:6px 8px;overflow:auto;max-height:24em;white-space:pre-wrap;"
    "overflow-wrap:anywhere;font-size:11.5px;line-height:1.35;background:rgba(128,128,128,.12);border-radius:4px;color:inherit"
)
_TABLE = "border-collapse:collapse;border:0;margin:6px 0;font-size:12px;color:inherit"
_TR = "background:transparent"
_HEADINGS = ("Task", "State", "Time", "Where", "Peak", "Result")


def task_table(shape: GraphShape, snapshot: Snapshot) -> str:
    """Return the tasks of a run as an HTML table that needs no style sheet.

    Parameters
    ----------
    shape
        The run's graph, for names and order.
    snapshot
        The run's state.

    Returns
    -------
    str
        What needs attention first, then the rest; of more than `ROWS_SHOWN` tasks only the
        first and the end tasks. Empty when there are no tasks.
    """
    rows = snapshot["tasks"]
    order = listed_tasks(shape, snapshot)
    if not order:
        return ""
    is_long = len(order) > ROWS_SHOWN
    ends = {task_id for task_id, targets in shape.targets().items() if is_long and not targets}
    rank = {task_id: _rank(rows[task_id], is_end=task_id in ends) for task_id in order}
    order.sort(key=rank.__getitem__)
    shown = [task_id for task_id in order if not is_long or rank[task_id] < _REST][:ROWS_SHOWN]
    has_peaks = any(usage_text(rows[task_id]) for task_id in shown)
    titles = [name for name in _HEADINGS if has_peaks or name != "Peak"]
    head = "".join(f'<th style="{_CELL};font-weight:600">{name}</th>' for name in titles)
    told = [task_id for task_id in shown if _traceback_of(rows[task_id])][:TRACEBACKS_SHOWN]
    body = "".join(
        _row(task_id, snapshot, shape, has_peaks=has_peaks)
        + (_traceback_row(rows[task_id], is_open=task_id == shown[0]) if task_id in told else "")
        for task_id in shown
    )
    more = len(order) - len(shown)
    rest = f'<p style="margin:4px 0;opacity:.7">… and {more:,} more tasks</p>' if more > 0 else ""
    return (
        f'<table style="{_TABLE}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}'
    )


def _rank(row: TaskRow, *, is_end: bool) -> int:
    return _LEADING.get(row["state"], _END if is_end else _REST)


def _row(task_id: str, snapshot: Snapshot, shape: GraphShape, *, has_peaks: bool) -> str:
    row, each = snapshot["tasks"][task_id], snapshot["maps"].get(task_id)
    shown = shown_state(row) if each is None else map_state(row, each, snapshot["run"])
    look = task_look(shown)
    name = map_label(shape.name_of(task_id), each)
    state = f'<span style="color:{look.colour}">{look.glyph}</span> {state_word(shown)}'
    most = shape.tasks[task_id].attempts if task_id in shape.tasks else 1
    if attempt := row_attempt_text(row, most):
        state += f" ({attempt})"
    where = " · ".join(
        part
        for part in (
            reuse_text(row["reused_from"]) or row["node_id"] or row["node_ip"] or "",
            f"GPU {', '.join(map(str, row['gpu_ids']))}" if row["gpu_ids"] else "",
        )
        if part
    )
    cells = (
        f"<strong>{markup_text(name, 200)}</strong>",
        state,
        markup_text(task_time(row) if each is None else map_time(row, each)),
        markup_text(where, 200),
        *([usage_text(row)] if has_peaks else []),
    )
    drawn = "".join(f'<td style="{_CELL}">{cell}</td>' for cell in cells)
    result = _result(row, shape) if each is None or row["outputs"] else ""
    if each is not None:
        result = "<br>".join(part for part in (markup_text(items_text(each)), result) if part)
    drawn += f'<td style="{_CELL};white-space:normal">{result}</td>'
    return f'<tr style="{_TR}">{drawn}</tr>'


def _traceback_row(row: TaskRow, *, is_open: bool) -> str:
    # The first failure is what a reader came for, so its traceback is open.
    text = _folded("traceback", _traceback_of(row), is_open=is_open)
    return f'<tr style="{_TR}"><td colspan="{len(_HEADINGS)}" style="{_CELL}">{text}</td></tr>'


def _traceback_of(row: TaskRow) -> str:
    error = row["error"] if row["state"] == "failed" else None
    return "" if error is None else error["traceback"]


def _result(row: TaskRow, shape: GraphShape) -> str:
    if row["state"] == "failed" and row["error"] is not None:
        error = row["error"]
        said = error["kind"] or error["type"]
        return f"{markup_text(said)}: {markup_text(error['message'], 300)}"
    if row["state"] == "skipped" and row["root_cause"] is not None:
        return markup_text(skip_text(shape.name_of(row["root_cause"]), row["reason"]), 500)
    if said := " · ".join(part for part in (advance_text(row), row["reason"]) if part):
        return markup_text(said, 500)
    shown = [_output(output) for output in row["outputs"][:OUTPUTS_SHOWN]]
    more = len(row["outputs"]) - OUTPUTS_SHOWN
    return "<br>".join([*shown, *([f"… {more} more"] if more > 0 else [])])


def _output(output: OutputRow) -> str:
    name, summary = markup_text(output["name"]), markup_text(output["summary"])
    if output["place"]:
        tip = f' title="{markup_text(output["path"])}"' if output["path"] else ""
        summary += f' <span style="opacity:.7"{tip}>({markup_text(output["place"])})</span>'
    preview = output["preview"]
    if not preview:
        return f"{name}: {summary}"
    if len(preview) <= 80 and "\n" not in preview:
        return f"{name} = <code>{markup_text(preview)}</code>"
    return _folded(f"{name}: {summary}", preview)


def _folded(title: str, text: str, *, is_open: bool = False) -> str:
    pre = f'<pre style="{_PRE}">{markup_text(text, TRACEBACK_CHARS)}</pre>'
    return f"<details{' open' if is_open else ''}><summary>{title}</summary>{pre}</details>"
