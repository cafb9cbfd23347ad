"""Telling views of one run: small deltas while it goes on, a snapshot to whoever asks."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from threading import Event, RLock, Thread
from time import monotonic, time
from typing import Any, NamedTuple

from maze_nb.projection.run_view import RunView, view_of
from maze_nb.sdk.feed.message_log import MessageLog
from maze_nb.sdk.feed.portion import first_portion
from maze_nb.sdk.feed.thin import thin, thin_graph

INTERVAL = 0.1
"""Least seconds between two messages to the views."""
PULSE = 1.5
"""Seconds of silence after which views are told that somebody is there, though nothing is new."""
FIRST_SAVE = 1.0
"""Seconds until the state is first saved; each pause is as long as all before it."""
MESSAGES_SAVED = 2_000
"""How many of the newest messages a snapshot has."""

Say = Callable[[dict[str, Any]], None]
Save = Callable[[dict[str, Any], dict[str, Any]], None]

_logger = logging.getLogger(__name__)


class _Stamp(NamedTuple):
    """What tells two states of a run apart."""

    last_seq: int
    is_interrupted: bool


def _stamp(view: RunView) -> _Stamp:
    return _Stamp(view.last_seq, view.is_interrupted)


class RunFeed:
    """Tells views of one run.

    Guards what they were told. Once started, a thread says at most one thing in `INTERVAL`
    seconds, however fast the run is, and one in `PULSE` seconds, however long nothing happens; it
    ends with the run. A view that missed something asks for a snapshot, and for the items of a
    map that it was not told of.

    Parameters
    ----------
    log
        The run's messages.
    say
        Tells all views something; called from any thread.
    save
        Takes graph and snapshot of a state that is to last, for a host where a view may be opened
        while nobody answers. It is called at ever longer intervals, and when the run starts, is
        interrupted or ends. Without it views are told a snapshot then.

    Attributes
    ----------
    run_id
        The run's id; empty while it is not known.
    graph, snapshot
        The state that was saved last.
    """

    def __init__(self, log: MessageLog, say: Say, save: Save | None = None) -> None:
        self._log = log
        self._tell = say
        self._keep = save
        self._taken = 0
        self._lock = RLock()
        self._wake = Event()
        self._closing = Event()
        self._is_asked = self._has_more = False
        self._when_at_rest: list[Callable[[], None]] = []
        self._unsubscribe: Callable[[], None] = lambda: None
        self._run_view: RunView | None = RunView()
        self._last_view: RunView | None = None
        self._is_complete = self._take_in(self._run_view)
        self._note(self._run_view)
        self._run_view.drop_delta()
        self._renewed_as = self._saved_as
        self._started_at = self._told_at = self._saved_at

    def start(self) -> None:
        """Begin to tell; of a run that is over there is nothing to tell unless somebody asks."""
        if self._is_complete:
            self._run_view = None
            return
        self._unsubscribe = self._log.subscribe(self._wake.set)
        # What came between the first read and the subscription called nobody back.
        self._wake.set()
        Thread(target=self._go_on, name="maze-run-feed", daemon=True).start()

    @property
    def run_id(self) -> str:
        """The run's id; empty while it is not known."""
        return self._log.run_id

    @property
    def is_settled(self) -> bool:
        """Whether the run is over and its last state was saved."""
        return self._run_view is None

    @property
    def is_at_rest(self) -> bool:
        """Whether the run is over or interrupted, and that was saved."""
        return self.is_settled or self._saved_as.is_interrupted

    @property
    def is_closed(self) -> bool:
        """Whether nobody is told anything any more."""
        return self._closing.is_set()

    def when_at_rest(self, callback: Callable[[], None]) -> None:
        """Call back, from another thread, when what was saved tells that the run is at rest.

        That is once when it is over, at once if it is already, and each time it is interrupted
        from now on, unless `renew` found that out and has told its caller.
        """
        with self._lock:
            if self._run_view is not None:
                self._when_at_rest.append(callback)
                return
        callback()

    def renew(self) -> bool:
        """Save what the log knows by now; return False if nothing is new since the last call."""
        with self._lock:
            view = self._run_view
            if view is not None:
                is_complete = self._take_in(view)
                if _stamp(view) != self._saved_as:
                    self._save(view)
                if is_complete:
                    self._settle()
            is_new = self._renewed_as != self._saved_as
            self._renewed_as = self._saved_as
        return is_new

    def hear_sync(self) -> None:
        """Tell all that is known, as soon as the pace allows."""
        # Without the lock: a value that is slow to look at must not keep waiting whoever asks.
        self._is_asked = True
        self._wake.set()
        if self.is_settled:
            self._answer_late()

    def hear_items(self, asked: Mapping[str, Any]) -> None:
        """Tell some items of a map."""
        task_id, state = str(asked.get("task_id")), str(asked.get("state") or "")
        offset = asked.get("offset")
        with self._lock:
            page = self._any_view().items(
                task_id, state=state, offset=offset if isinstance(offset, int) else 0
            )
            if page is not None:
                self._say({"kind": "items", **page})

    def close(self) -> None:
        """Tell nobody anything any more."""
        self._closing.set()
        self._wake.set()

    def _go_on(self) -> None:
        # A thread has nobody to raise to: what goes wrong here must leave the run alone.
        try:
            while not self.is_settled and not self._closing.is_set():
                self._wake.wait(self._until_due())
                self._wake.clear()
                if self._beat():
                    self._tell_of_rest()
                self._closing.wait(INTERVAL)
        except Exception:
            _logger.exception("the live view of a run stopped; the run itself goes on")
        finally:
            self._unsubscribe()
        if self.is_settled:
            # Whoever asked while the last was told is not to be forgotten.
            self._answer_late()
            self._tell_of_rest()
            self._when_at_rest.clear()

    def _answer_late(self) -> None:
        with self._lock:
            is_asked, self._is_asked = self._is_asked, False
            if is_asked:
                self._say({"kind": "snapshot", "graph": self.graph, **self.snapshot})

    def _tell_of_rest(self) -> None:
        # Outside the lock: those who are called may ask this feed something from there.
        for callback in self._when_at_rest:
            callback()

    def _beat(self) -> bool:
        """Tell views what is new; return whether that was an interruption."""
        with self._lock:
            view = self._run_view
            if view is None or self._closing.is_set():
                return False
            was_interrupted = self._saved_as.is_interrupted
            # A snapshot is as long as the run is large, and no longer for what is new.
            is_complete = self._take_in(view, is_all=self._is_asked)
            if self._is_asked:
                self._answer(view)
            elif self._until_save() == 0:
                self._save(view)
            elif (delta := view.delta()) is not None:
                self._say({"kind": "delta", "now": time(), **delta})
            elif is_complete:
                self._save(view)
                self._settle()
            elif self._until_pulse() == 0:
                self._say({"kind": "pulse", "now": time()})
            if is_complete or view.has_delta or self._has_more:
                self._wake.set()
            return self._saved_as.is_interrupted and not was_interrupted

    def _take_in(self, view: RunView, *, is_all: bool = True) -> bool:
        """Fold what is new, or as much as one delta may tell; return whether the run is over."""
        # Asked before reading: what is complete now is read to its end below.
        is_complete, is_interrupted = self._log.is_complete, self._log.is_interrupted
        news = self._log.read(self._taken)
        messages = news if is_all else first_portion(news)
        self._taken += len(messages)
        view.fold_all(messages)
        self._has_more = len(messages) < len(news)
        view.is_interrupted = is_interrupted and not self._has_more
        return is_complete and not self._has_more

    def _until_save(self) -> float | None:
        """Return in how many seconds the state is to be saved; None while it is."""
        view = self._run_view
        if view is None or (stamp := _stamp(view)) == self._saved_as:
            return None
        # No delta tells of an interruption, as no message does.
        is_turned = stamp.is_interrupted != self._saved_as.is_interrupted
        if is_turned or (view.graph and not self.graph):
            return 0.0
        if self._keep is None:
            return None
        pause = max(FIRST_SAVE, self._saved_at - self._started_at)
        return max(0.0, self._saved_at + pause - monotonic())

    def _until_pulse(self) -> float | None:
        """Return in how many seconds views are to hear something; None while nobody is there."""
        if self._saved_as.is_interrupted:
            return None
        return max(0.0, self._told_at + PULSE - monotonic())

    def _until_due(self) -> float | None:
        due = [wait for wait in (self._until_save(), self._until_pulse()) if wait is not None]
        return min(due, default=None)

    def _say(self, content: dict[str, Any]) -> None:
        if not self.is_closed:
            self._tell({"run_id": self.run_id, **thin(content)})
        self._told_at = monotonic()

    def _save(self, view: RunView) -> None:
        self._note(view)
        if self._keep is None:
            self._answer(view)
        else:
            self._keep(thin_graph(self.graph), thin(self.snapshot))
            self._told_at = self._saved_at

    def _note(self, view: RunView) -> None:
        self.graph: dict[str, Any] = dict(view.graph or {})
        self.snapshot: dict[str, Any] = dict(view.snapshot(messages=MESSAGES_SAVED))
        self._saved_as = _stamp(view)
        self._saved_at = monotonic()

    def _settle(self) -> None:
        self._run_view = None
        self._wake.set()

    def _answer(self, view: RunView) -> None:
        self._is_asked = False
        snapshot = view.snapshot(messages=MESSAGES_SAVED)
        self._say({"kind": "snapshot", "graph": dict(view.graph or {}), **snapshot})
        view.drop_delta()

    def _any_view(self) -> RunView:
        """Return the run's view; of one that is over it is folded again, once it is asked for."""
        if self._run_view is not None:
            return self._run_view
        if self._last_view is None:
            self._last_view = view_of(self._log.read(0))
        return self._last_view
