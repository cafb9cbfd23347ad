"""A still picture of a graph that a notebook shows and a file can hold."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from maze_nb.errors import WorkflowError
from maze_nb.projection.graph_text import graph_print
from maze_nb.projection.marks import Marks, marked
from maze_nb.projection.picture import graph_svg
from maze_nb.projection.still import graph_html, html_page


class GraphPicture:
    """A drawn graph."""

    def __init__(self, graph: Mapping[str, Any], marks: Marks | None = None) -> None:
        self._graph = marked(graph, marks)

    @property
    def svg(self) -> str:
        """The picture as a self-contained SVG document."""
        return graph_svg(self._graph)

    def save(self, path: str | Path) -> Path:
        """Write the picture to a file that ends in ``.svg`` or ``.html``.

        Raises
        ------
        WorkflowError
            If the ending is another one.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                text = self.svg
                if not text:
                    raise WorkflowError(
                        "this graph has no tasks, or too many unlike ones for one picture: "
                        "draw it to an .html file, which lists them"
                    )
            case ".html":
                text = html_page(graph_html(self._graph), str(self._graph["name"]))
            case other:
                raise WorkflowError(
                    f"a graph cannot be drawn to {str(target)!r}: "
                    f"use .svg or .html in place of {other!r}"
                )
        target.write_text(text, encoding="utf-8")
        return target

    def __repr__(self) -> str:
        return graph_print(self._graph)

    def _repr_html_(self) -> str:
        return graph_html(self._graph)
