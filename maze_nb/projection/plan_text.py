"""What a run would do, task by task, as a table: in text and in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import count_text, duration_text, size_text
from maze_nb.projection.markup import markup_text
from maze_nb.projection.message import number_of

Data = Mapping[str, object]

ROWS_SHOWN = 100
REASON_CHARS = 200

RUNS = "runs"
_WORDS = {"cached": "cached", "stored": "stored", RUNS: "will run"}
_HEADINGS = ("task", "plan", "time", "size", "why")
_TABLE = "border-collapse:collapse;border:0;margin:6px 0;font-size:12px;color:inherit"
_TR = "background:transparent"
_CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0;border:0;white-space:nowrap"


def plan_text(rows: Iterable[Data]) -> str:
    """Return a plan as text, with the totals in its last line.

    Parameters
    ----------
    rows
        For each task a mapping with ``task_id``, ``name``, ``verdict`` (``cached``: its outputs
        come from the result cache; ``stored``: from an earlier run; ``runs``), ``reason`` and, if
        known, ``duration`` (the seconds it took last) and ``nbytes``. What is missing is left
        blank.
    """
    plan = list(rows)
    if not plan:
        return plan_totals(plan)
    shown = _shown(plan)
    table = [_HEADINGS, *map(_cells, shown)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
    return "\n".join([*lines, *_rest(plan, shown), plan_totals(plan)])


def plan_html(rows: Iterable[Data]) -> str:
    """Return a plan as HTML that needs no style sheet; `rows` are as in `plan_text`."""
    plan = list(rows)
    totals = f'<p style="margin:4px 0">{markup_text(plan_totals(plan))}</p>'
    if not plan:
        return totals
    shown = _shown(plan)
    head = "".join(f'<th style="{_CELL};font-weight:600">{name}</th>' for name in _HEADINGS)
    body = "".join(f'<tr style="{_TR}">{_drawn(row)}</tr>' for row in shown)
    rest = "".join(
        f'<p style="margin:4px 0;opacity:.7">{markup_text(line)}</p>' for line in _rest(plan, shown)
    )
    return (
        f'<table style="{_TABLE}"><thead><tr style="{_TR}">{head}</tr></thead>'
        f"<tbody>{body}</tbody></table>{rest}{totals}"
    )


def plan_totals(rows: Sequence[Data]) -> str:
    """Return what a plan comes to: ``7 cached, 3 will run, about 4 min saved``."""
    if not rows:
        return "no tasks: nothing will run"
    verdicts = [_verdict(row) for row in rows]
    parts = [
        f"{verdicts.count(verdict):,} {word}"
        for verdict, word in _WORDS.items()
        if verdict in verdicts
    ]
    if RUNS not in verdicts:
        parts.append("nothing will run")
    saved = sum(number_of(row.get("duration")) or 0 for row in rows if _verdict(row) != RUNS)
    if saved > 0:
        parts.append(f"about {_about(saved)} saved")
    return ", ".join(parts)


def _shown(plan: Sequence[Data]) -> Sequence[Data]:
    """Return the rows to show, in their order; of too many, what runs goes first."""
    if len(plan) <= ROWS_SHOWN:
        return plan
    places = sorted(range(len(plan)), key=lambda at: (_verdict(plan[at]) != RUNS, at))
    return [plan[at] for at in sorted(places[:ROWS_SHOWN])]


def _rest(plan: Sequence[Data], shown: Sequence[Data]) -> list[str]:
    more = len(plan) - len(shown)
    return [f"… and {count_text(more, 'more task')}"] if more else []


def _cells(row: Data) -> tuple[str, ...]:
    seconds, nbytes = number_of(row.get("duration")), number_of(row.get("nbytes"))
    return (
        first_line(row.get("name") or row.get("task_id")),
        _WORDS[_verdict(row)],
        "" if seconds is None else duration_text(seconds),
        "" if nbytes is None else size_text(nbytes),
        first_line(row.get("reason"), REASON_CHARS),
    )


def _drawn(row: Data) -> str:
    name, plan, *others = map(markup_text, _cells(row))
    weight = ";font-weight:600" if _verdict(row) == RUNS else ""
    cells = [f"<strong>{name}</strong>", plan, *others]
    styles = [_CELL, f"{_CELL}{weight}", _CELL, _CELL, f"{_CELL};white-space:normal"]
    return "".join(
        f'<td style="{style}">{cell}</td>' for style, cell in zip(styles, cells, strict=True)
    )


def _verdict(row: Data) -> str:
    """Return what becomes of a task; whatever is not known to be kept runs."""
    verdict = str(row.get("verdict"))
    return verdict if verdict in _WORDS else RUNS


def _about(seconds: float) -> str:
    if seconds < 1:
        return duration_text(seconds)
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    if seconds < 3570:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
