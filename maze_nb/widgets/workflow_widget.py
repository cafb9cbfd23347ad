"""The widget of a workflow that is not run yet, to be edited; once it is run, of the run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import anywidget
import traitlets

from maze_nb.errors import MazeError
from maze_nb.sdk.editing.editor import Editor
from maze_nb.sdk.feed.desk import Desk
from maze_nb.sdk.feed.hub import Hub
from maze_nb.sdk.feed.run_feed import RunFeed
from maze_nb.sdk.feed.thin import thin, thin_graph
from maze_nb.widgets.view_source import view_source

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run

_logger = logging.getLogger(__name__)


class WorkflowWidget(anywidget.AnyWidget):
    """A live view of a graph that can be edited.

    An edit is answered where the user's own code runs, between two cells, so that no task is
    changed while code looks at it. What code changes is told by `refresh`.

    Parameters
    ----------
    editor
        What applies edits.
    marks
        Returns what is said of tasks, such as that they are stale, by their ids.

    Attributes
    ----------
    graph
        The graph.
    snapshot
        Of a run that it has become, as `maze_nb.model.rows.Snapshot`; else empty.
    editing
        What a view needs to edit, as `maze_nb.sdk.editing.editor.EditState`; empty once it shows
        a run.
    live_class
        The CSS class that every live view of this widget bears, and nothing else.
    """

    _esm = view_source()
    graph = traitlets.Dict().tag(sync=True)
    snapshot = traitlets.Dict().tag(sync=True)
    editing = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        editor: Editor,
        marks: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
        **kwargs: object,
    ) -> None:
        self._editor = editor
        self._marks = marks
        self._feed: RunFeed | None = None
        self._hub = Hub(self.send)
        self._is_behind = False
        self.live_class = f"maze-live-{uuid4().hex[:12]}"
        super().__init__(
            graph=marks(editor.graph()),
            editing=dict(editor.state()),
            _dom_classes=(self.live_class,),
            **kwargs,
        )
        self._unwatch = editor.watch(self._note)
        self.on_msg(self._hear)
        self._note()

    @property
    def run(self) -> RunFeed | None:
        """What tells of the run that it shows, if it shows one."""
        return self._feed

    def refresh(self) -> bool:
        """Tell views what code has changed; return whether anything was."""
        if not self._is_behind or self._feed is not None:
            return False
        self._is_behind = False
        with self.hold_sync():
            self.graph = self._marks(self._editor.graph())
            self.editing = dict(self._editor.state())
        return True

    def close(self) -> None:
        """End the view and everything that keeps it current."""
        self._unwatch()
        self._hub.close()
        if self._feed is not None:
            self._feed.close()
        super().close()

    def _note(self) -> None:
        self._is_behind = True
        run = self._editor.run
        if run is not None:
            self._become(run)

    def _become(self, run: Run) -> None:
        """Show the run of this graph from now on."""
        self._unwatch()
        self._feed = RunFeed(run.log, self.send, self._save)
        self._hub = Hub(self.send, Desk(run.client), self._feed)
        self._save(thin_graph(self._feed.graph or self._editor.graph()), thin(self._feed.snapshot))
        self.editing = {}
        self._feed.start()

    def _save(self, graph: dict[str, Any], snapshot: dict[str, Any]) -> None:
        with self.hold_sync():
            self.graph = graph
            self.snapshot = snapshot

    def _hear(self, _widget: object, content: object, _buffers: object) -> None:
        is_edit = isinstance(content, dict) and content.get("ask") == "edit"
        if self._feed is None and isinstance(content, dict) and content.get("kind") == "sync":
            self._tell_all()
        elif is_edit and isinstance(content, dict):
            self._answer(content)
        else:
            self._hub.hear(content)

    def _answer(self, asked: Mapping[str, Any]) -> None:
        value: dict[str, Any] = {}
        error = ""
        try:
            value = self._editor.answer(asked)
        except MazeError as refused:
            error = str(refused)
        except Exception as fault:
            _logger.exception("an edit failed")
            error = f"{type(fault).__name__}: {fault}"
        # What is new goes first, so that the view has it when it hears that the edit is done.
        self.refresh()
        self.send({"kind": "answer", "ask_id": asked.get("ask_id"), "error": error, "value": value})

    def _tell_all(self) -> None:
        self.refresh()
        self.send({"kind": "snapshot", "graph": self.graph})
