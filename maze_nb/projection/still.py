"""Still HTML of a graph or a run: headline, picture and table, for where nothing is live."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from time import gmtime, strftime

from maze_nb.model.rows import RunRow, Snapshot
from maze_nb.projection.graph_shape import GraphShape, shape_of
from maze_nb.projection.graph_text import graph_print
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.projection.looks import run_look
from maze_nb.projection.marks import Marks, marked, marks_text
from maze_nb.projection.markup import markup_text
from maze_nb.projection.picture import graph_picture
from maze_nb.projection.run_text import headline
from maze_nb.projection.task_table import task_table

_TABLE_OPEN_ROWS = 12
_PRINT_CHARS = 20_000
# Beyond it a time cannot be written as a date.
_LATEST_TIME = 1e11
_FONT = (
    "font-family:var(--jp-ui-font-family,system-ui,-apple-system,'Segoe UI','Helvetica Neue',"
    "Arial,sans-serif)"
)
IMAGE_CLASS = "maze-image"
_SHRINKS_TO = 0.8
# Light cards become dark ones of the same hue; where styles are dropped they stay light.
_TO_DARK = "filter:invert(1) hue-rotate(180deg)"
_NOTEBOOK_STYLE = (
    f'[data-jp-theme-light="false"] .{IMAGE_CLASS},.vscode-dark .{IMAGE_CLASS}{{{_TO_DARK}}}'
)
_PAGE_STYLE = (
    ":root{color-scheme:light dark}body{margin:24px;background:Canvas;color:CanvasText}"
    "pre,code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}"
    f"@media (prefers-color-scheme:dark){{.{IMAGE_CLASS}{{{_TO_DARK}}}}}"
)


def run_html(graph: Mapping[str, object] | None, snapshot: Snapshot) -> str:
    """Return a run as an HTML fragment that stands alone in a saved notebook.

    Parameters
    ----------
    graph
        The run's graph; without one only the headline and the table are shown.
    snapshot
        The run's state.
    """
    shape = shape_of(graph or {})
    table = task_table(shape, snapshot)
    if table:
        is_open = len(snapshot["tasks"]) <= _TABLE_OPEN_ROWS or _has_failed(snapshot)
        table = (
            f'<details{" open" if is_open else ""} style="margin-top:4px">'
            f'<summary style="opacity:.7;font-size:12px">Tasks</summary>{table}</details>'
        )
    picture = _picture(graph, shape, snapshot) if graph else ""
    return _fragment(_run_headline(shape, snapshot["run"]) + picture + table)


def graph_html(graph: Mapping[str, object], marks: Marks | None = None) -> str:
    """Return a graph without a run as an HTML fragment.

    Parameters
    ----------
    marks
        Which tasks are stale, and why, by their ids.
    """
    graph = marked(graph, marks)
    shape = shape_of(graph)
    counts = count_text(len(shape.tasks), "task"), count_text(len(shape.edges), "edge")
    said = marks_text(task.mark for task in shape.tasks.values())
    told = " · ".join(part for part in (*counts, said) if part)
    head = f"<div><strong>{markup_text(shape.name)}</strong> · {told}</div>"
    hint = "" if shape.tasks else '<div style="opacity:.7">no tasks yet</div>'
    return _fragment(head + (hint or _picture(graph, shape, None)))


def html_page(fragment: str, title: str = "Maze") -> str:
    """Return a fragment as a page of its own, light or dark as the reader's system is."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{markup_text(title)}</title><style>{_PAGE_STYLE}</style></head>"
        f"<body>{fragment}</body></html>\n"
    )


def _fragment(body: str) -> str:
    style = f"<style>{_NOTEBOOK_STYLE}</style>"
    return f'{style}<div style="{_FONT};font-size:13px;line-height:1.45;color:inherit">{body}</div>'


def _run_headline(shape: GraphShape, run: RunRow) -> str:
    look = run_look(run["status"])
    name, *parts = (markup_text(part) for part in headline(shape.name, run))
    tip = ""
    if run["started"] is not None and 0 <= run["started"] < _LATEST_TIME:
        began = strftime("%Y-%m-%d %H:%M:%S UTC", gmtime(run["started"]))
        away = f", {duration_text(run['away'])} of it interrupted" if run["away"] else ""
        tip = f' title="{markup_text(run["run_id"])}, started {began}{away}"'
    return (
        f'<div{tip}><span style="color:{look.colour};font-weight:700">{look.glyph}</span>'
        f" <strong>{name}</strong> · {' · '.join(parts)}</div>"
    )


def _picture(graph: Mapping[str, object], shape: GraphShape, snapshot: Snapshot | None) -> str:
    picture = graph_picture(shape, snapshot)
    if picture is None:
        text = markup_text(graph_print(graph, snapshot), _PRINT_CHARS)
        style = "max-height:24em;overflow:auto;color:inherit;background:transparent"
        return f'<pre style="{style}">{text}</pre>'
    # An image, as a notebook that is not trusted keeps images but drops drawings in line. One
    # that is a little too wide shrinks, one much too wide scrolls: its text stays readable.
    data = b64encode(picture.svg.encode()).decode()
    width = f"max-width:100%;min-width:{picture.width * _SHRINKS_TO:.0f}px"
    return (
        f'<div style="overflow-x:auto;margin:6px 0"><img class="{IMAGE_CLASS}"'
        f' alt="{markup_text(picture.alt)}" width="{picture.width:.0f}"'
        f' style="display:block;margin:0;height:auto;{width}"'
        f' src="data:image/svg+xml;base64,{data}"></div>'
    )


def _has_failed(snapshot: Snapshot) -> bool:
    return snapshot["run"]["counts"].get("failed", 0) > 0
