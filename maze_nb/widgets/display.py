"""Showing runs and graphs: live in a notebook, as text elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from maze_nb.projection.run_text import run_text
from maze_nb.projection.run_view import view_of
from maze_nb.sdk.bulk import in_bulk
from maze_nb.widgets.bundles import MimeBundle, graph_bundle, run_bundle, view_bundle
from maze_nb.widgets.front_end import notebook_shell
from maze_nb.widgets.message_log import MessageLog


class NotebookPresenter:
    """Shows runs in the notebook they were started from."""

    def show_run(self, log: MessageLog) -> bool:
        """Show a run live and return at once; False where there is no notebook."""
        shell = notebook_shell()
        if shell is None:
            return False
        # Widgets take long to import and a script needs none.
        from maze_nb.widgets.live_display import LiveDisplay

        LiveDisplay(log, shell).show()
        return True

    def run_bundle(self, log: MessageLog) -> MimeBundle:
        """Return a run's representations by MIME type."""
        return run_mimebundle(log)

    def graph_bundle(self, graph: Mapping[str, object]) -> MimeBundle:
        """Return a graph's representations by MIME type."""
        return graph_mimebundle(graph)


def display_run(log: MessageLog) -> None:
    """Show a run: in a notebook its live view, elsewhere a few lines of text.

    Parameters
    ----------
    log
        The run's messages. The view follows them in the background; this returns at once.
    """
    if not NotebookPresenter().show_run(log):
        view = view_of(log.read(0), is_interrupted=log.is_interrupted)
        print(run_text(view.graph, view.snapshot()))  # noqa: T201


def run_mimebundle(log: MessageLog) -> MimeBundle:
    """Return a run as one MIME bundle: its state now, and in a notebook a live view of it.

    A handle of a run does better to define ``_ipython_display_`` with `display_run`, whose saved
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


def graph_mimebundle(graph: Mapping[str, object]) -> MimeBundle:
    """Return a graph as one MIME bundle of HTML and plain text."""
    return graph_bundle(graph)
