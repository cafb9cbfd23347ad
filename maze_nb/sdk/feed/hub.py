"""One channel to a view: what it hears goes to the runs and questions that are meant."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.feed.errands import Errands
from maze_nb.sdk.feed.run_feed import RunFeed, Say

VISITS = 4
"""How many runs beside the first one are followed at most."""

_logger = logging.getLogger(__name__)


class Hub:
    """Hears what views ask, and has it answered.

    Guards the feeds of the runs that views visit: the one visited longest ago ends when there
    are too many. What may take long is done in other threads, so that `hear` returns at once.

    Parameters
    ----------
    say
        Tells all views of this channel something; called from any thread.
    desk
        What answers are made from; None: there is nobody to ask.
    first
        The feed of the run that the channel is about, if it is about one; it stays its owner's.
    """

    def __init__(self, say: Say, desk: Desk | None = None, first: RunFeed | None = None) -> None:
        self._say = say
        self._desk = desk
        self._first = first
        self._visits: OrderedDict[str, RunFeed] = OrderedDict()
        self._lock = Lock()
        self._errands = Errands()
        self._is_closed = False

    def hear(self, content: object) -> None:
        """Take in what a view sent; what is no question is passed over."""
        if not isinstance(content, Mapping):
            return
        kind = content.get("kind")
        if kind in ("sync", "items"):
            self._hear_of_run(content)
        elif kind == "ask":
            self._hear_ask(content)

    def close(self) -> None:
        """End the feeds of visited runs."""
        with self._lock:
            self._is_closed = True
            visits = list(self._visits.values())
            self._visits.clear()
        for feed in visits:
            feed.close()

    def _hear_of_run(self, content: Mapping[str, Any]) -> None:
        run_id = str(content.get("run_id") or "")
        if self._first is not None and run_id in ("", self._first.run_id):
            self._pass_on(self._first, content)
            return
        with self._lock:
            known = self._visits.get(run_id)
            if known is not None:
                self._visits.move_to_end(run_id)
        if known is not None:
            self._pass_on(known, content)
        elif not self._errands.add(lambda: self._visit(run_id, content)):
            self._refuse(run_id, "too many questions at once: wait a moment")

    def _visit(self, run_id: str, content: Mapping[str, Any]) -> None:
        if self._desk is None:
            self._refuse(run_id, "this view has no connection to other runs")
            return
        try:
            feed = RunFeed(self._desk.log(run_id), self._say)
        except MazeError as error:
            self._refuse(run_id, str(error))
            return
        dropped: list[RunFeed] = []
        with self._lock:
            if self._is_closed or run_id in self._visits:
                return
            self._visits[run_id] = feed
            while len(self._visits) > VISITS:
                dropped.append(self._visits.popitem(last=False)[1])
        for each in dropped:
            each.close()
        feed.start()
        self._pass_on(feed, content)

    def _pass_on(self, feed: RunFeed, content: Mapping[str, Any]) -> None:
        if content.get("kind") == "sync":
            feed.hear_sync()
            return
        # Of a run that is over this folds all of it first, which whoever asks is not to wait for.
        if not self._errands.add(lambda: feed.hear_items(content)):
            feed.hear_items(content)

    def _refuse(self, run_id: str, error: str) -> None:
        self._say({"kind": "no_run", "run_id": run_id, "error": error})

    def _hear_ask(self, content: Mapping[str, Any]) -> None:
        if not self._errands.add(lambda: self._say(self._answer(content))):
            self._say(_answered(content, error="too many questions at once: wait a moment"))

    def _answer(self, content: Mapping[str, Any]) -> dict[str, Any]:
        name = str(content.get("ask"))
        answer = ASKS.get(name)
        if answer is None:
            return _answered(content, error=f"this kernel does not know the question {name!r}")
        if self._desk is None:
            return _answered(content, error="nobody is there to answer: start the kernel")
        try:
            return _answered(content, value=answer(self._desk, content))
        except MazeError as error:
            return _answered(content, error=str(error))
        except Exception as error:
            _logger.exception("a question of a view failed: %s", name)
            return _answered(content, error=f"{type(error).__name__}: {error}")


def _answered(
    content: Mapping[str, Any], *, value: Mapping[str, Any] | None = None, error: str = ""
) -> dict[str, Any]:
    return {
        "kind": "answer",
        "ask_id": content.get("ask_id"),
        "error": error,
        "value": dict(value or {}),
    }
