"""The graph of a workflow as people look at it, and change it by hand."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.sdk.presenter import presenter
from maze_nb.sdk.run import Run
from maze_nb.sdk.workflow_graph import WorkflowGraph

if TYPE_CHECKING:
    from maze_nb.projection.graph_text import GraphInfo
    from maze_nb.sdk.editing.workflow_editor import WorkflowEditor
    from maze_nb.sdk.picture import GraphPicture


class ShownGraph(WorkflowGraph):
    """A graph that is shown: as text, as a picture, in a notebook to be edited until it runs."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self._editor: WorkflowEditor | None = None
        self._ran: tuple[str, int] | None = None
        self._changes = 0

    @abstractmethod
    def find_run(self, run_id: str) -> Run:
        """Return the handle of a run of this graph."""

    def get_graph_info(self) -> GraphInfo:
        """Return the tasks and edges of the graph as plain data."""
        from maze_nb.projection.graph_text import graph_info

        return graph_info(self.as_dict())

    def get_graph_mermaid(self) -> str:
        """Return the graph as text in the Mermaid language."""
        from maze_nb.projection.graph_text import graph_mermaid

        return graph_mermaid(self.as_dict())

    def print_graph(self) -> None:
        """Print the graph as text."""
        from maze_nb.projection.graph_text import graph_print

        print(graph_print(self.as_dict()))  # noqa: T201 - printing is what it is for

    def draw_graph(self, path: str | Path | None = None) -> GraphPicture:
        """Draw the graph.

        Parameters
        ----------
        path
            A file to write to, ending in ``.svg`` or ``.html``.

        Returns
        -------
        GraphPicture
            Which a notebook shows as a picture.

        Raises
        ------
        WorkflowError
            If the file has another ending.
        """
        from maze_nb.sdk.picture import GraphPicture

        picture = GraphPicture(self.as_dict())
        if path is not None:
            picture.save(path)
        return picture

    @property
    def editor(self) -> WorkflowEditor:
        """What applies the edits that are made by hand in a view."""
        if self._editor is None:
            # Most workflows are edited by code only.
            from maze_nb.sdk.editing.workflow_editor import WorkflowEditor

            self._editor = WorkflowEditor(self)
        return self._editor

    @property
    def run_as_it_is(self) -> Run | None:
        """The last run of it, unless it was changed since."""
        if self._ran is None or self._ran[1] != self._changes:
            return None
        return self.find_run(self._ran[0])

    def edit(self) -> None:
        """Show the graph to be edited by hand, also if it was run as it is: for another run.

        The last line of a cell does the same for a workflow that was not run yet. Where there is
        no notebook the graph is printed.
        """
        self._ran = None
        found = presenter()
        if found is None or not found.show_editor(self.editor):
            self.print_graph()

    def to_code(self, path: str | Path | None = None) -> str:
        """Return this workflow, as it is now, as a Python module that gives the same results.

        Functions of modules are imported, others are written with all that they need; plain
        values are written as such, and others into a file with the ending ``.pkl`` beside the
        module. The ids of tasks are not kept, nor which sub-workflow they belong to.

        Parameters
        ----------
        path
            A file to write to, ending in ``.py``.

        Raises
        ------
        WorkflowError
            If something of it cannot be written, or a value needs a file and there is no path.
        """
        # Most workflows are code already.
        from maze_nb.sdk.written.workflow import written_workflow

        return written_workflow(self, path)

    def _changed(self) -> None:
        self._changes += 1
        super()._changed()

    def _note_run(self, run_id: str) -> None:
        self._ran = run_id, self._changes
        self.tell_watchers()

    def _ipython_display_(self) -> None:
        found = presenter()
        if found is None or not found.show_editor(self.editor):
            raise NotImplementedError  # by which IPython goes on to the other forms

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        found = presenter()
        if found is None:
            from maze_nb.projection.graph_text import graph_print

            return {"text/plain": graph_print(self.as_dict())}
        return found.graph_bundle(self.as_dict())
