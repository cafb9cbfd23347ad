"""How one task stands, as the one quiet line above its output."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from maze_nb.model.states import TaskState
from maze_nb.projection.bounded import first_line
from maze_nb.projection.humane import duration_text, typed_id
from maze_nb.projection.looks import CACHED, WAS_RUNNING, task_look
from maze_nb.projection.markup import fitted_text, markup_text
from maze_nb.projection.message import Message, data_of, mapping_of, number_of, type_of, whole_of
from maze_nb.projection.message_text import message_text, place_text
from maze_nb.projection.reuse import reuse_text
from maze_nb.projection.wording import brief_text, failure_kind, skip_text

_PLAIN_CANCELS = ("the run was cancelled", "it was cancelled")
_ENDS = {CACHED, *(state.value for state in TaskState if state.is_final)}
_STYLE = (
    "margin:0;line-height:1.4;color:var(--jp-ui-font-color2,#757575);"
    "font-size:var(--jp-ui-font-size1,13px);font-family:var(--jp-ui-font-family,sans-serif)"
)
_FAINT = "color:var(--jp-ui-font-color3,#9e9e9e)"
_ABOUT_CHARS = 120
# The one node of an embedded cluster has a name that tells nothing.
_EMBEDDED = re.compile("local-[0-9a-f]{8}")

Data = Mapping[str, object]


class TaskLine:
    """How a task stands, kept up with its messages.

    Parameters
    ----------
    name
        What the task is called.
    about
        What it reads and makes.
    run_id
        The run it is in.
    """

    def __init__(self, name: str, about: str = "", run_id: str = "") -> None:
        self._name = name
        self._about = about
        self._hint = "\n".join(filter(None, [about, f"run {typed_id(run_id)}" if run_id else ""]))
        self._state = ""
        self._words: tuple[str, ...] = ()
        self._progress = ""
        self._since: float | None = None

    @property
    def is_running(self) -> bool:
        """Whether the line has a clock."""
        return self._since is not None

    def await_turn(self) -> None:
        """Say that a run has begun in which the task has not had its turn."""
        self._enter(TaskState.WAITING, "waiting")

    def lose(self, why: str) -> None:
        """Say why there will be no more messages, if the task has not ended."""
        if self._state in _ENDS:
            return
        self._enter(WAS_RUNNING if self.is_running else TaskState.WAITING, why)

    def fold(self, message: Message) -> bool:
        """Take in a message of the task; return whether it says how the task stands."""
        change = _CHANGES.get(type_of(message))
        if change is not None:
            change(self, data_of(message), message)
        return change is not None

    def words(self, now: float) -> str:
        """Return the line without glyph and name: ``running 0:12 · 41/60 · node-a``."""
        said = list(self._words)
        if self._since is not None:
            said[0] = f"{said[0]} {elapsed_text(now - self._since)}"
            said.insert(1, self._progress)
        return " · ".join(part for part in said if part)

    def bundle(self, now: float) -> dict[str, str]:
        """Return the line by MIME type; `now` in seconds since 1970."""
        words, look = self.words(now), task_look(self._state)
        glyph = f'<span style="color:{look.colour}">{look.glyph}</span>'
        about = f" · {self._about}" if self._about else ""
        seen = f'<span style="{_FAINT}">{escape(fitted_text(about, _ABOUT_CHARS))}</span>'
        return {
            "text/plain": f"task {self._name!r} · {look.glyph} {words}{about}",
            "text/html": (
                f'<div style="{_STYLE}" title="{markup_text(self._hint)}">{glyph} '
                f"<b>{markup_text(self._name, 200)}</b> · {markup_text(words)}{seen}</div>"
            ),
        }

    def _enter(self, state: str, *words: str, since: float | None = None) -> None:
        self._state = state
        self._words = words
        self._since = since
        self._progress = ""

    def _await_placement(self, data: Data, _message: Message) -> None:
        reason = brief_text(data.get("reason"))
        self._enter(TaskState.PENDING, f"waiting: {reason}" if reason else "waiting")

    def _start(self, data: Data, message: Message) -> None:
        attempt = whole_of(data.get("attempt")) or 1
        again = f"attempt {attempt}" if attempt > 1 else ""
        since = number_of(message.get("time"))
        is_embedded = _EMBEDDED.fullmatch(str(data.get("node_id")))
        place = place_text({**data, "node_id": "", "node_ip": ""} if is_embedded else data)
        self._enter(TaskState.RUNNING, "running", again, place, since=since)

    def _advance(self, _data: Data, message: Message) -> None:
        self._progress = message_text(message)

    def _finish(self, data: Data, _message: Message) -> None:
        if source := reuse_text(data.get("reused_from")):
            self._enter(CACHED, source)
            return
        attempt = whole_of(data.get("attempt")) or 1
        again = f"attempt {attempt}" if attempt > 1 else ""
        seconds = number_of(data.get("duration"))
        taken = "done" if seconds is None else duration_text(seconds)
        self._enter(TaskState.SUCCEEDED, taken, again)

    def _fail(self, data: Data, _message: Message) -> None:
        self._enter(TaskState.FAILED, error_words(self._name, data))

    def _retry(self, data: Data, _message: Message) -> None:
        has_error = bool(mapping_of(data.get("error")))
        reason = error_words(self._name, data) if has_error else brief_text(data.get("reason"))
        delay = number_of(data.get("delay")) or 0
        wait = f" in {duration_text(delay)}" if delay > 0 else ""
        attempt = (whole_of(data.get("attempt")) or 1) + 1
        self._enter(TaskState.RETRYING, reason, f"attempt {attempt}{wait}")

    def _skip(self, data: Data, _message: Message) -> None:
        cause = first_line(mapping_of(data.get("root_cause")).get("task_name"))
        why = skip_text(cause, data.get("reason"))
        self._enter(TaskState.SKIPPED, f"skipped: {why}" if why else "skipped")

    def _cancel(self, data: Data, _message: Message) -> None:
        reason = brief_text(data.get("reason"))
        is_plain = not reason or reason in _PLAIN_CANCELS
        self._enter(TaskState.CANCELLED, "cancelled" if is_plain else f"cancelled: {reason}")


_CHANGES: dict[str, Callable[[TaskLine, Data, Message], None]] = {
    "task_pending": TaskLine._await_placement,
    "start_task": TaskLine._start,
    "task_progress": TaskLine._advance,
    "finish_task": TaskLine._finish,
    "task_exception": TaskLine._fail,
    "task_retry": TaskLine._retry,
    "task_skipped": TaskLine._skip,
    "task_cancelled": TaskLine._cancel,
}


def marked_bundle(name: str, about: str) -> dict[str, str]:
    """Return by MIME type what is said of a task cell that no run has had yet.

    Parameters
    ----------
    about
        What it reads and makes.
    """
    return {
        "text/plain": f"task {name!r}: {about}",
        "text/html": (
            f'<div style="{_STYLE}">task <b>{markup_text(name, 200)}</b>: '
            f"{markup_text(about)}</div>"
        ),
    }


def error_words(name: str, data: Data) -> str:
    """Return a failure as ``ValueError on line 3: no rows``, the line being that of the cell."""
    error = mapping_of(data.get("error"))
    kind = first_line(error.get("type"), 100) or "Error"
    line = cell_line(name, data.get("result"))
    place = "" if line is None else f" on line {line}"
    said = first_line(error.get("message"))
    return f"{failure_kind(kind) or kind}{place}{f': {said}' if said else ''}"


def cell_line(name: str, traceback: object) -> int | None:
    """Return the line of a task's cell where it failed, if its traceback tells."""
    found = re.findall(rf'File "<cell {re.escape(name)}>", line (\d+)', str(traceback or ""))
    return int(found[-1]) if found else None


def elapsed_text(seconds: float) -> str:
    """Return a time that goes on as a clock shows it: ``0:12``, ``12:05``, ``1:02:03``."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
