"""Two runs compared, as plain text and as HTML without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable

from maze_nb.model.comparison_rows import ComparisonRow, SideRow, TaskComparisonRow
from maze_nb.projection.bounded import first_line
from maze_nb.projection.comparison import KINDS, time_change
from maze_nb.projection.humane import count_text, duration_text, typed_id
from maze_nb.projection.looks import run_look, state_word, task_look
from maze_nb.projection.markup import markup_text
from maze_nb.projection.runs_text import date_text, table_text

TASKS_SHOWN = 40
DETAILS_SHOWN = 20

_HEADINGS = ("task", "state", "changed", "before", "after", "difference")
_TABLE = "border-collapse:collapse;border:0;margin:6px 0;font-size:12px;color:inherit"
_TR = "background:transparent"
_CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0;border:0;white-space:nowrap"
_PRE = "margin:2px 0 6px;padding:6px 8px;overflow:auto;max-height:320px;font-size:11px"
_SIGNS = (("+", "#009E73"), ("-", "#D55E00"), ("@", "#808080"))


def comparison_text(found: ComparisonRow) -> str:
    """Return a comparison as text: the runs, what came to change, the tasks, the details."""
    parts = [
        "\n".join(_side_line(word, found[word]) for word in ("before", "after")),
        totals_text(found),
        _tasks_table(found),
        *("\n".join(lines) for lines in map(_detail_lines, _detailed(found)) if lines),
    ]
    return "\n\n".join(filter(None, parts))


def comparison_html(found: ComparisonRow) -> str:
    """Return a comparison as HTML that needs no style sheet."""
    head = "".join(
        f'<p style="margin:2px 0">{markup_text(_side_line(word, found[word]))}</p>'
        for word in ("before", "after")
    )
    titles = "".join(f'<th style="{_CELL};font-weight:600">{title}</th>' for title in _HEADINGS)
    rows = "".join(
        f'<tr style="{_TR}">{_html_cells(_cells(row))}</tr>' for row in found["tasks"][:TASKS_SHOWN]
    )
    details = "".join(map(_detail_html, _detailed(found)))
    more = _more_line(found)
    return (
        f'{head}<p style="margin:6px 0;font-weight:600">{markup_text(totals_text(found))}</p>'
        f'<table style="{_TABLE}"><thead><tr style="{_TR}">{titles}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
        f"{f'<p>{markup_text(more)}</p>' if more else ''}{details}"
    )


def totals_text(found: ComparisonRow) -> str:
    """Return what came to change: ``code of 1 task, results of 2 tasks; 12.0 s faster``."""
    counts, said = found["counts"], []
    for kind in KINDS:
        if number := counts.get(kind, 0):
            tasks = count_text(number, "task")
            said.append(f"{tasks} {kind}" if kind in ("added", "removed") else f"{kind} of {tasks}")
    words = ", ".join(said) or "nothing changed"
    before, after = found["before"]["seconds"], found["after"]["seconds"]
    pace = difference_text(None if before is None or after is None else after - before)
    return f"{words}; {pace} in all" if pace else words


def difference_text(seconds: float | None) -> str:
    """Return by how much longer something took, with its sign; nothing where that is not known."""
    if seconds is None:
        return ""
    sign = "+" if seconds >= 0 else "−"
    return f"{sign}{duration_text(abs(seconds))}"


def _side_line(word: str, side: SideRow) -> str:
    took = "" if side["seconds"] is None else duration_text(side["seconds"])
    parts = (
        f"{typed_id(side['run_id'])} {side['name']}",
        f"{run_look(side['status']).glyph} {state_word(side['status'])}",
        took,
        date_text(side["started"]),
    )
    return f"{word:<7} {' · '.join(filter(None, parts))}"


def _tasks_table(found: ComparisonRow) -> str:
    rows = found["tasks"][:TASKS_SHOWN]
    if not rows:
        return "neither run has a task"
    table = table_text(_HEADINGS, map(_cells, rows))
    more = _more_line(found)
    return f"{table}\n{more}" if more else table


def _more_line(found: ComparisonRow) -> str:
    more = len(found["tasks"]) + found["left_out"] - TASKS_SHOWN
    return f"… and {more:,} more, of which less changed" if more > 0 else ""


def _cells(row: TaskComparisonRow) -> tuple[str, ...]:
    states = dict.fromkeys((row["before_state"], row["after_state"]))
    words = (f"{task_look(state).glyph} {state_word(state)}" if state else "–" for state in states)
    return (
        first_line(row["name"], 60),
        " → ".join(words),
        ", ".join(row["changes"]),
        *(_time(row["before_seconds"]), _time(row["after_seconds"])),
        difference_text(time_change(row)),
    )


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration_text(seconds)


def _detailed(found: ComparisonRow) -> list[TaskComparisonRow]:
    changed = [row for row in found["tasks"] if row["diff"] or _facts(row)]
    return changed[:DETAILS_SHOWN]


def _facts(row: TaskComparisonRow) -> list[str]:
    """Return what differs of a task but its code, a line each."""
    named = [
        *(("input", each) for each in row["inputs"]),
        *(("option", each) for each in row["options"]),
    ]
    lines = [
        f"{word} {each['name']}: {each['before'] or 'not there'} → {each['after'] or 'not there'}"
        for word, each in named
    ]
    lines += [
        f"output {each['name']} {_verdict_text(each['verdict'])}: "
        f"{each['before'] or 'not there'} → {each['after'] or 'not there'}"
        for each in row["outputs"]
        if each["verdict"] not in ("alike", "unknown")
    ]
    return lines


def _verdict_text(verdict: str) -> str:
    return verdict if verdict == "differs" else f"was {verdict}"


def _detail_lines(row: TaskComparisonRow) -> list[str]:
    facts = [f"  {line}" for line in _facts(row)]
    code = [f"    {line}" for line in row["diff"].splitlines()]
    return [first_line(row["name"], 60), *facts, *code]


def _html_cells(cells: Iterable[str]) -> str:
    return "".join(f'<td style="{_CELL}">{markup_text(cell)}</td>' for cell in cells)


def _detail_html(row: TaskComparisonRow) -> str:
    facts = "".join(f"<li>{markup_text(line)}</li>" for line in _facts(row))
    listed = f'<ul style="margin:2px 0 2px 16px">{facts}</ul>' if facts else ""
    code = "\n".join(map(_code_line, row["diff"].splitlines()))
    drawn = f'<pre style="{_PRE}">{code}</pre>' if code else ""
    name = markup_text(first_line(row["name"], 60))
    return f'<details style="margin:2px 0"><summary>{name}</summary>{listed}{drawn}</details>'


def _code_line(line: str) -> str:
    colour = next((colour for sign, colour in _SIGNS if line.startswith(sign)), None)
    said = markup_text(line)
    return said if colour is None else f'<span style="color:{colour}">{said}</span>'
