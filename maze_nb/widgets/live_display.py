"""One run in the output of a cell: its live view, and below it the still that is saved."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from IPython.display import display

from maze_nb.model.rows import Snapshot
from maze_nb.projection.humane import short_id
from maze_nb.projection.run_text import run_text
from maze_nb.sdk.feed.message_log import MessageLog
from maze_nb.widgets.bundles import MimeBundle, still_bundle, view_bundle
from maze_nb.widgets.front_end import Shell
from maze_nb.widgets.run_widget import RunWidget

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient


class LiveDisplay:
    """The live view and the still of one run.

    The still is an output of its own, as JupyterLab shows an error rather than another form of
    the same output when a saved view has no kernel. It is renewed after each cell, since a
    headless run listens only while a cell is run, and when the run is over or interrupted.

    Parameters
    ----------
    log
        The run's messages.
    shell
        The shell of the kernel.
    client
        The client that the run is from.
    """

    def __init__(self, log: MessageLog, shell: Shell, client: MaClient | None = None) -> None:
        self._shell = shell
        self._widget = RunWidget(log, client)
        self._feed = self._widget.feed
        self._display_id = uuid4().hex
        self._lock = Lock()

    def show(self) -> None:
        """Display the run in the output of the cell that is running."""
        text = run_text(self._feed.graph, self._snapshot())
        # It is never renewed, as views would be made anew; so it must not say how the run stands.
        _publish(view_bundle(self._widget.model_id, self._name()))
        if self._widget.is_at_rest:
            _publish(self._still(), self._display_id)
        else:
            # Nothing yet, so that no still flashes up while the live view loads.
            _publish({"text/html": "", "text/plain": text}, self._display_id)
        if not self._widget.is_settled:
            self._shell.events.register("post_run_cell", self._after_cell)
            self._widget.when_at_rest(self._renew_still)

    def _name(self) -> str:
        run_id = self._snapshot()["run"]["run_id"]
        name = self._feed.graph.get("name") or "workflow"
        return f"{name} · run {short_id(run_id)}" if run_id else name

    def _after_cell(self, _result: object) -> None:
        if self._widget.renew():
            self._renew_still()
        if self._widget.is_settled or self._widget.is_closed:
            self._shell.events.unregister("post_run_cell", self._after_cell)

    def _renew_still(self) -> None:
        with self._lock:
            _publish(self._still(), self._display_id, is_update=True)

    def _still(self) -> MimeBundle:
        return still_bundle(self._feed.graph, self._snapshot(), self._widget.live_class)

    def _snapshot(self) -> Snapshot:
        return cast(Snapshot, self._feed.snapshot)


def _publish(bundle: MimeBundle, display_id: str | None = None, *, is_update: bool = False) -> None:
    if display_id is None:
        display(bundle, raw=True)
    else:
        display(bundle, raw=True, display_id=display_id, update=is_update)
