"""Showing runs and graphs: live in a notebook, as text elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from maze_nb.projection.marks import Marks, marked
from maze_nb.projection.run_view import view_of
from maze_nb.sdk.bulk import in_bulk
from maze_nb.sdk.feed.message_log import MessageLog
from maze_nb.widgets.bundles import MimeBundle, graph_bundle, run_bundle, view_bundle
from maze_nb.widgets.front_end import notebook_shell
from maze_nb.widgets.terminal_run import print_run

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.editing.editor import Editor
    from maze_nb.sdk.run import Run


class NotebookPresenter:
    """Shows runs in the notebook they were started from."""

    def show_run(self, run: Run) -> bool:
        """Show a run live and return at once; False where there is no notebook."""
        return show_live(run.log, run.client)

    def print_run(self, log: MessageLog) -> None:
        """Print how a run stands: in colour on a terminal, elsewhere as plain lines."""
        view = view_of(log.read(0), is_interrupted=log.is_interrupted)
        print_run(view.graph, view.snapshot())

    def run_bundle(self, log: MessageLog) -> MimeBundle:
        """Return a run's representations by MIME type."""
        return run_mimebundle(log)

    def graph_bundle(
        self, graph: Mapping[str, object], *, marks: Marks | None = None
    ) -> MimeBundle:
        """Return a graph's representations by MIME type."""
        return graph_mimebundle(graph, marks=marks)

    def show_editor(self, editor: Editor, marks: Callable[[], Marks] | None = None) -> bool:
        """Show a graph that can be edited; False where there is no notebook."""
        shell = notebook_shell()
        if shell is None:
            return False
        # Widgets take long to import and a script needs none.
        from maze_nb.widgets.workflow_display import WorkflowDisplay

        def marked_now(graph: Mapping[str, Any]) -> dict[str, Any]:
            return dict(marked(graph, None if marks is None else marks()))

        WorkflowDisplay(editor, shell, graph_bundle, marked_now).show()
        return True


def show_live(log: MessageLog, client: MaClient | None = None) -> bool:
    """Show the live view of a run in a notebook and return at once; False where there is none.

    Parameters
    ----------
    log
        The run's messages. The view follows them in the background.
    client
        The client that the run is from, to answer what the view asks.
    """
    shell = notebook_shell()
    if shell is None:
        return False
    # Widgets take long to import and a script needs none.
    from maze_nb.widgets.live_display import LiveDisplay

    LiveDisplay(log, shell, client).show()
    return True


def run_mimebundle(log: MessageLog) -> MimeBundle:
    """Return a run as one MIME bundle: its state now, and in a notebook a live view of it.

    A handle of a run does better to define ``_ipython_display_`` with `show_live`, whose saved
    output is renewed when the run is over.
    """
    with in_bulk():
        view = view_of(log.read(0), is_interrupted=log.is_interrupted)
        bundle = run_bundle(view.graph, view.snapshot())
    if notebook_shell() is not None:
        # Widgets take long to import and a script needs none.
        from maze_nb.widgets.run_widget import RunWidget

        bundle = {**view_bundle(RunWidget(log).model_id, ""), **bundle}
    return bundle


def graph_mimebundle(graph: Mapping[str, object], *, marks: Marks | None = None) -> MimeBundle:
    """Return a graph as one MIME bundle of HTML and plain text.

    Parameters
    ----------
    marks
        Which tasks are stale, and why, by their ids.
    """
    return graph_bundle(graph, marks=marks)
