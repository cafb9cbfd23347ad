"""Showing runs and graphs: live in a notebook, as pictures in files, as text elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from maze_nb.errors import MazeError
from maze_nb.projection.graph_text import graph_print
from maze_nb.projection.picture import graph_svg
from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import RunView
from maze_nb.projection.still import graph_html, html_page
from maze_nb.widgets.bundles import MimeBundle, graph_bundle, run_bundle, view_bundle
from maze_nb.widgets.front_end import notebook_shell
from maze_nb.widgets.message_log import MessageLog


def display_run(log: MessageLog) -> None:
    """Show a run: in a notebook its live view, elsewhere a few lines of text.

    Parameters
    ----------
    log
        The run's messages. The view follows them in the background; this returns at once.
    """
    shell = notebook_shell()
    if shell is None:
        view = _view_of(log)
        print(run_text(view.graph, view.snapshot()))  # noqa: T201
        return
    # Widgets take long to import and a script needs none.
    from maze_nb.widgets.live_display import LiveDisplay

    LiveDisplay(log, shell).show()


def run_mimebundle(log: MessageLog) -> MimeBundle:
    """Return a run as one MIME bundle: its state now, and in a notebook a live view of it.

    A handle of a run does better to define ``_ipython_display_`` with `display_run`, whose saved
    output is renewed when the run is over.
    """
    view = _view_of(log)
    bundle = run_bundle(view.graph, view.snapshot())
    if notebook_shell() is not None:
        # Widgets take long to import and a script needs none.
        from maze_nb.widgets.run_widget import RunWidget

        bundle = {**view_bundle(RunWidget(log).model_id, ""), **bundle}
    return bundle


def graph_mimebundle(graph: Mapping[str, object]) -> MimeBundle:
    """Return a graph as one MIME bundle of HTML and plain text."""
    return graph_bundle(graph)


class GraphPicture:
    """A graph that draws itself where it is displayed.

    Parameters
    ----------
    graph
        ``{"workflow_id", "name", "tasks", "edges"}``.
    """

    def __init__(self, graph: Mapping[str, object]) -> None:
        self._graph = graph

    def __repr__(self) -> str:
        return graph_print(self._graph).rstrip("\n")

    def _repr_mimebundle_(self, **_kwargs: object) -> MimeBundle:
        return graph_bundle(self._graph)


def draw_graph(graph: Mapping[str, object], path: str | Path | None = None) -> GraphPicture | Path:
    """Draw a graph into a file, or return something that a notebook shows as a picture.

    Parameters
    ----------
    graph
        ``{"workflow_id", "name", "tasks", "edges"}``.
    path
        Where to write; ends in ``.svg`` or ``.html``.

    Returns
    -------
    GraphPicture or Path
        The picture, or the path that was written.

    Raises
    ------
    MazeError
        If the path has another ending, or there is nothing that could be drawn as SVG.
    """
    if path is None:
        return GraphPicture(graph)
    target = Path(path)
    target.write_text(_drawn(graph, target), encoding="utf-8")
    return target


def _drawn(graph: Mapping[str, object], target: Path) -> str:
    name = str(graph.get("name") or "workflow")
    if target.suffix.lower() == ".html":
        return html_page(graph_html(graph), name)
    if target.suffix.lower() != ".svg":
        msg = f"cannot draw {name!r} to {str(target)!r}: give a path that ends in .svg or .html"
        raise MazeError(msg)
    svg = graph_svg(graph, is_standalone=True)
    if not svg:
        msg = (
            f"cannot draw {name!r} as SVG: it has no tasks, or too many that are unlike; "
            "give a path that ends in .html for the graph as text"
        )
        raise MazeError(msg)
    return f"{svg}\n"


def _view_of(log: MessageLog) -> RunView:
    view = RunView()
    view.fold_all(log.read(0))
    return view
