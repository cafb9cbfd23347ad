"""The MIME bundles that show a run or a graph."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.model.rows import Snapshot
from maze_nb.projection.graph_text import graph_print
from maze_nb.projection.marks import Marks
from maze_nb.projection.run_text import run_text
from maze_nb.projection.still import graph_html, run_html

MimeBundle = dict[str, object]

WIDGET_MIME = "application/vnd.jupyter.widget-view+json"
STILL_CLASS = "maze-still"


def graph_bundle(graph: Mapping[str, object], *, marks: Marks | None = None) -> MimeBundle:
    """Return a graph as HTML and plain text.

    Parameters
    ----------
    marks
        Which tasks are stale, and why, by their ids.
    """
    return {"text/html": graph_html(graph, marks), "text/plain": graph_print(graph, marks=marks)}


def run_bundle(graph: Mapping[str, object] | None, snapshot: Snapshot) -> MimeBundle:
    """Return the state of a run as HTML and plain text."""
    return {"text/html": run_html(graph, snapshot), "text/plain": run_text(graph, snapshot)}


def view_bundle(model_id: str, text: str) -> MimeBundle:
    """Return the live view of a run; where there are no widgets it shows nothing."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    return {WIDGET_MIME: view, "text/html": "", "text/plain": text}


def still_bundle(
    graph: Mapping[str, object] | None, snapshot: Snapshot, live_class: str
) -> MimeBundle:
    """Return the state of a run that hides itself wherever its live view is shown.

    Parameters
    ----------
    graph, snapshot
        The run's graph and state.
    live_class
        The CSS class that the live view bears.
    """
    return hiding_bundle(run_bundle(graph, snapshot), live_class)


def hiding_bundle(bundle: MimeBundle, live_class: str) -> MimeBundle:
    """Return a bundle that hides itself wherever the live view of this class is shown."""
    still = f"{STILL_CLASS}-{live_class}"
    style = f"<style>{_hiding(live_class, still)}</style>"
    body = f'<div class="{STILL_CLASS} {still}">{bundle["text/html"]}</div>'
    return {**bundle, "text/html": style + body}


def _hiding(live: str, still: str) -> str:
    # A notebook opened without its kernel has no model for the view: JupyterLab then writes an
    # error in the output before the still, which the second rule takes away.
    output = ".jp-OutputArea-child"
    return (
        f"body:has(.{live}) .{still}{{display:none}}"
        f"{output}:not(:has(.{live})):has(+ {output} .{still}){{display:none}}"
    )
