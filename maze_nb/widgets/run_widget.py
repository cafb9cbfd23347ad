"""The widget of one run: told by small deltas while it goes on, saved as a snapshot in the end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, RLock, Thread
from time import monotonic, time
from typing import Any, NamedTuple
from uuid import uuid4

import anywidget
import traitlets

from maze_nb.projection.run_view import RunView
from maze_nb.widgets.message_log import MessageLog
from maze_nb.widgets.view_source import view_source

INTERVAL = 0.1
"""Least seconds between two messages to the views."""
FIRST_SAVE = 1.0
"""Seconds until the traits are first renewed; each pause is as long as all before it."""
MESSAGES_SAVED = 2_000
"""How many of the newest messages a saved notebook keeps."""

_logger = logging.getLogger(__name__)


class _Stamp(NamedTuple):
    """What tells two states of a run apart."""

    last_seq: int
    is_interrupted: bool


def _stamp(view: RunView) -> _Stamp:
    return _Stamp(view.last_seq, view.is_interrupted)


class RunWidget(anywidget.AnyWidget):
    """A live view of one run.

    Guards what views were told. A thread sends at most one message in `INTERVAL` seconds, however
    fast the run is, and ends with the run. A view that missed something asks for a snapshot; as a
    kernel that is busy with a cell may not hear it ask, the `snapshot` trait is also renewed at
    ever longer intervals.

    Parameters
    ----------
    log
        The run's messages.

    Attributes
    ----------
    graph
        The run's graph; empty until the run has started.
    snapshot
        The last saved state: ``{"run", "tasks", "messages", "last_seq"}``.
    live_class
        The CSS class that every live view of this widget bears, and nothing else.
    """

    _esm = view_source()
    graph = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)

    def __init__(self, log: MessageLog, **kwargs: object) -> None:
        self._log = log
        self._taken = 0
        self._lock = RLock()
        self._wake = Event()
        self._closing = Event()
        self._is_asked = False
        self._when_at_rest: list[Callable[[], None]] = []
        self._run_view: RunView | None = RunView()
        self.live_class = f"maze-live-{uuid4().hex[:12]}"
        is_complete = self._take_in(self._run_view)
        super().__init__(
            graph=dict(self._run_view.graph or {}),
            snapshot=self._saved(self._run_view),
            _dom_classes=(self.live_class,),
            **kwargs,
        )
        self._run_view.drop_delta()
        self._saved_as = self._renewed_as = _stamp(self._run_view)
        self._saved_at = self._started_at = monotonic()
        self.on_msg(self._hear)
        if is_complete:
            self._run_view = None
        else:
            self._unsubscribe = log.subscribe(self._wake.set)
            # What came between the first read and the subscription called nobody back.
            self._wake.set()
            Thread(target=self._tell, name="maze-run-widget", daemon=True).start()

    @property
    def is_settled(self) -> bool:
        """Whether the run is over and its last state is in the traits."""
        return self._run_view is None

    @property
    def is_at_rest(self) -> bool:
        """Whether the run is over or interrupted, and the traits tell so."""
        return self.is_settled or self._saved_as.is_interrupted

    def when_at_rest(self, callback: Callable[[], None]) -> None:
        """Call back, from another thread, when the traits tell that the run is at rest.

        That is once when it is over, at once if it is already, and each time it is interrupted
        from now on, unless `renew` found that out and has told its caller.
        """
        with self._lock:
            if self._run_view is not None:
                self._when_at_rest.append(callback)
                return
        callback()

    @property
    def is_closed(self) -> bool:
        """Whether nobody is told anything any more."""
        return self._closing.is_set()

    def renew(self) -> bool:
        """Bring the traits up to what the log knows, and send them though they may be known.

        Returns
        -------
        bool
            False when there was nothing new since this was last called.
        """
        with self._lock:
            view = self._run_view
            if view is not None:
                is_complete = self._take_in(view)
                if _stamp(view) != self._saved_as:
                    self._save(view)
                if is_complete:
                    self._settle()
            if self._renewed_as == self._saved_as:
                return False
            self._renewed_as = self._saved_as
            self.send_state(["graph", "snapshot"])
        return True

    def close(self) -> None:
        """End the view and everything that keeps it current."""
        self._closing.set()
        self._wake.set()
        super().close()

    def _tell(self) -> None:
        # A thread has nobody to raise to: what goes wrong here must leave the run alone.
        try:
            while not self.is_settled and not self._closing.is_set():
                self._wake.wait(self._until_save())
                self._wake.clear()
                if self._beat():
                    self._tell_of_rest()
                self._closing.wait(INTERVAL)
        except Exception:
            _logger.exception("the live view of a run stopped; the run itself goes on")
        finally:
            self._unsubscribe()
        if self.is_settled:
            self._tell_of_rest()
            self._when_at_rest.clear()

    def _tell_of_rest(self) -> None:
        # Outside the lock: those who are called may ask this widget something from there.
        for callback in self._when_at_rest:
            callback()

    def _beat(self) -> bool:
        """Tell views what is new; return whether that was an interruption."""
        with self._lock:
            view = self._run_view
            if view is None or self._closing.is_set():
                return False
            was_interrupted = self._saved_as.is_interrupted
            is_complete = self._take_in(view)
            if self._is_asked:
                self._answer(view)
            elif self._until_save() == 0:
                self._save(view)
            elif (delta := view.delta()) is not None:
                self.send({"kind": "delta", "now": time(), **delta})
            elif is_complete:
                self._save(view)
                self._settle()
            if is_complete or view.has_delta:
                self._wake.set()
            return self._saved_as.is_interrupted and not was_interrupted

    def _take_in(self, view: RunView) -> bool:
        # Asked before reading: what is complete now is read to its end below.
        is_complete = self._log.is_complete
        messages = self._log.read(self._taken)
        self._taken += len(messages)
        view.fold_all(messages)
        view.is_interrupted = self._log.is_interrupted
        return is_complete

    def _until_save(self) -> float | None:
        """Return in how many seconds the traits are to be renewed; None when they are current."""
        view = self._run_view
        if view is None or (stamp := _stamp(view)) == self._saved_as:
            return None
        # No delta tells of an interruption, as no message does.
        is_turned = stamp.is_interrupted != self._saved_as.is_interrupted
        if is_turned or (view.graph and not self.graph):
            return 0.0
        pause = max(FIRST_SAVE, self._saved_at - self._started_at)
        return max(0.0, self._saved_at + pause - monotonic())

    def _save(self, view: RunView) -> None:
        with self.hold_sync():
            self.graph = dict(view.graph or {})
            self.snapshot = self._saved(view)
        self._saved_as, self._saved_at = _stamp(view), monotonic()

    def _settle(self) -> None:
        self._run_view = None
        self._wake.set()

    def _answer(self, view: RunView) -> None:
        self._is_asked = False
        graph = dict(view.graph or {})
        self.send({"kind": "snapshot", "graph": graph, **view.snapshot()})
        view.drop_delta()

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict) or content.get("kind") != "sync":
            return
        with self._lock:
            if self._run_view is None:
                self.send({"kind": "snapshot", "graph": self.graph, **self.snapshot})
                return
            self._is_asked = True
        self._wake.set()

    @staticmethod
    def _saved(view: RunView) -> dict[str, Any]:
        return dict(view.snapshot(messages=MESSAGES_SAVED))
