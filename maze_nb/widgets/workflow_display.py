"""A workflow in the output of a cell: the graph to edit, and below it the still that is saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import uuid4

from IPython.display import display

from maze_nb.model.rows import Snapshot
from maze_nb.sdk.editing.editor import Editor
from maze_nb.widgets.bundles import MimeBundle, hiding_bundle, run_bundle, view_bundle
from maze_nb.widgets.front_end import Shell
from maze_nb.widgets.workflow_widget import WorkflowWidget


class WorkflowDisplay:
    """The view and the still of one workflow.

    The still is renewed after each cell that changed the workflow, and when its run is over.

    Parameters
    ----------
    editor
        What applies edits.
    shell
        The shell of the kernel.
    still
        Returns a graph's representations.
    marks
        As for `WorkflowWidget`.
    """

    def __init__(
        self,
        editor: Editor,
        shell: Shell,
        still: Callable[[Mapping[str, Any]], MimeBundle],
        marks: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    ) -> None:
        self._shell = shell
        self._make_still = still
        self._widget = WorkflowWidget(editor, marks)
        self._display_id = uuid4().hex
        self._saved: dict[str, Any] = {}

    def show(self) -> None:
        """Display the workflow in the output of the cell that is running."""
        name = str(self._widget.graph.get("name") or "workflow")
        display(view_bundle(self._widget.model_id, name), raw=True)
        display(self._still(), raw=True, display_id=self._display_id)
        self._shell.events.register("post_run_cell", self._after_cell)

    def _after_cell(self, _result: object) -> None:
        self._widget.refresh()
        feed = self._widget.run
        if feed is not None:
            self._shell.events.unregister("post_run_cell", self._after_cell)
            feed.when_at_rest(self._renew)
        elif self._widget.graph != self._saved:
            self._renew()

    def _renew(self) -> None:
        display(self._still(), raw=True, display_id=self._display_id, update=True)

    def _still(self) -> MimeBundle:
        widget = self._widget
        self._saved = dict(widget.graph)
        if widget.run is None:
            return hiding_bundle(self._make_still(widget.graph), widget.live_class)
        snapshot = cast(Snapshot, widget.run.snapshot)
        return hiding_bundle(run_bundle(widget.run.graph, snapshot), widget.live_class)
