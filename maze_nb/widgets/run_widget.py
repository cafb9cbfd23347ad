"""The widget of one run: fed while it goes on, saved as a snapshot in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anywidget
import traitlets

from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.feed.hub import Hub
from maze_nb.sdk.feed.message_log import MessageLog
from maze_nb.sdk.feed.run_feed import RunFeed
from maze_nb.sdk.feed.thin import thin, thin_graph
from maze_nb.widgets.busy_kernel import hear_while_busy
from maze_nb.widgets.view_source import view_source

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient


class RunWidget(anywidget.AnyWidget):
    """A live view of one run.

    As a kernel that is busy with a cell may not hear a view ask, the traits are renewed while the
    run goes on, at ever longer intervals.

    Parameters
    ----------
    log
        The run's messages.
    client
        The client that the run is from, to answer what views ask about it and other runs.

    Attributes
    ----------
    graph, snapshot
        What views are told of the last saved state; the whole of it is in `feed`.
    feed
        What tells the views; its graph is empty until the run has started.
    live_class
        The CSS class that every live view of this widget bears, and nothing else.
    """

    _esm = view_source()
    graph = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, log: MessageLog, client: MaClient | None = None, **kwargs: object) -> None:
        self.feed = RunFeed(log, self.send, self._save)
        self._hub = Hub(self.send, None if client is None else Desk(client), self.feed)
        self.live_class = f"maze-live-{uuid4().hex[:12]}"
        super().__init__(
            graph=thin_graph(self.feed.graph),
            snapshot=thin(self.feed.snapshot),
            _dom_classes=(self.live_class,),
            **kwargs,
        )
        hear_while_busy(self.comm)
        self.on_msg(self._hear)
        self.feed.start()

    @property
    def is_settled(self) -> bool:
        """Whether the run is over and its last state is in the traits."""
        return self.feed.is_settled

    @property
    def is_at_rest(self) -> bool:
        """Whether the run is over or interrupted, and the traits tell so."""
        return self.feed.is_at_rest

    @property
    def is_closed(self) -> bool:
        """Whether nobody is told anything any more."""
        return self.feed.is_closed

    def when_at_rest(self, callback: Callable[[], None]) -> None:
        """Call back, from another thread, when the traits tell that the run is at rest.

        That is once when it is over, at once if it is already, and each time it is interrupted
        from now on, unless `renew` found that out and has told its caller.
        """
        self.feed.when_at_rest(callback)

    def renew(self) -> bool:
        """Bring the traits up to what the log knows, and send them though they may be known.

        Returns
        -------
        bool
            False when there was nothing new since this was last called.
        """
        if not self.feed.renew():
            return False
        self.send_state(["graph", "snapshot"])
        return True

    def close(self) -> None:
        """End the view and everything that keeps it current."""
        self.feed.close()
        self._hub.close()
        super().close()

    def _save(self, graph: dict[str, Any], snapshot: dict[str, Any]) -> None:
        with self.hold_sync():
            self.graph = graph
            self.snapshot = snapshot

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        self._hub.hear(content)
