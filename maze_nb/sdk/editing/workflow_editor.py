"""The editor of a workflow that can be run: as long as it was not."""

from __future__ import annotations

from weakref import ref

from maze_nb.sdk.editing.editor import Editor
from maze_nb.sdk.run import Run
from maze_nb.sdk.shown_graph import ShownGraph


class WorkflowEditor(Editor):
    """Applies edits to a workflow until it is run, and again once code has changed it since.

    Parameters
    ----------
    workflow
        Which keeps this editor.
    """

    def __init__(self, workflow: ShownGraph) -> None:
        super().__init__(workflow)
        self._workflow = ref(workflow)

    @property
    def locked(self) -> str:
        """Why nothing can be edited now; empty if it can."""
        run = self.run
        if run is None:
            return ""
        return (
            f"this workflow was run as it is (run {run.run_id[:8]}), and is shown as it ran: "
            f"workflow.edit() shows it to be changed for another run"
        )

    @property
    def run(self) -> Run | None:
        """The run that a view is to show in place of the graph, if there is one."""
        workflow = self._workflow()
        return None if workflow is None else workflow.run_as_it_is
