"""What tasks displayed, as a view can show it: what is small as it is, the rest as a note."""

from __future__ import annotations

import re
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import cast

from maze_nb.model.rows import DisplayRow
from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.humane import size_text
from maze_nb.projection.message import mapping_of, number_of, text_of

DISPLAYS_KEPT = 4
"""How many displays of one task are told of: the newest."""
TASKS_KEPT = 200
IMAGE_CHARS = 400_000
HTML_CHARS = 60_000
ALL_CHARS = 3_000_000
"""How much pictures and pages of a run may come to; the oldest become notes."""
_TEXT_CHARS = 2_000
_IMAGES = ("image/png", "image/jpeg", "image/gif")
_SVG = "image/svg+xml"
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


class Displays:
    """The newest displays of each task, within bounds however much tasks display."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, list[DisplayRow]] = OrderedDict()
        self._size = 0
        self._changed: dict[str, None] = {}

    def fold(self, task_id: str, kind: str, data: Mapping[str, object]) -> None:
        """Take in one message about a task; what an earlier attempt displayed is dropped."""
        if kind == "task_display":
            self.add(task_id, data)
        elif kind == "start_task":
            self.forget(task_id)

    def add(self, task_id: str, data: Mapping[str, object]) -> None:
        """Take in a display; one of the same name is replaced in its place."""
        row = display_row(data)
        rows = list(self._rows.pop(task_id, ()))
        name = row["display_id"]
        at = next((at for at, old in enumerate(rows) if name and old["display_id"] == name), None)
        if at is None:
            rows.append(row)
        else:
            self._size -= _weight(rows[at])
            rows[at] = row
        self._size += _weight(row)
        for dropped in rows[:-DISPLAYS_KEPT]:
            self._size -= _weight(dropped)
        self._rows[task_id] = rows[-DISPLAYS_KEPT:]
        self._changed[task_id] = None
        self._keep_bounds()

    def forget(self, task_id: str) -> None:
        """Drop what an earlier attempt of a task displayed."""
        if task_id in self._rows:
            self._drop(task_id)
            self._changed[task_id] = None

    def rows(self) -> dict[str, list[DisplayRow]]:
        """Return the displays of all tasks."""
        return dict(self._rows)

    def delta_rows(self) -> dict[str, list[DisplayRow]]:
        """Return the displays of the tasks whose displays changed since this was last called."""
        changed, self._changed = self._changed, {}
        return {task_id: self._rows.get(task_id, []) for task_id in changed}

    def drop_delta(self) -> None:
        """Forget what changed: a snapshot has told it."""
        self._changed = {}

    def _drop(self, task_id: str) -> None:
        self._size -= sum(map(_weight, self._rows.pop(task_id)))

    def _keep_bounds(self) -> None:
        while len(self._rows) > TASKS_KEPT:
            self._drop(next(iter(self._rows)))
        heavy = iter([*self._rows])
        while self._size > ALL_CHARS:
            task_id = next(heavy)
            rows = self._rows[task_id]
            if any(map(_weight, rows)):
                self._size -= sum(map(_weight, rows))
                self._rows[task_id] = [_noted(row) for row in rows]
                self._changed[task_id] = None


def display_row(
    data: Mapping[str, object],
    *,
    image_chars: int = IMAGE_CHARS,
    html_chars: int = HTML_CHARS,
    text_chars: int = _TEXT_CHARS,
) -> DisplayRow:
    """Return what a ``task_display`` message tells, as a view shows it, within bounds."""
    forms = mapping_of(data.get("data"))
    stored = mapping_of(data.get("stored"))
    image, html = _image(forms, image_chars), _whole(forms.get("text/html"), html_chars)
    kinds = [str(kind) for kind in forms]
    rich = next((kind for kind in kinds if kind.startswith("image/")), None)
    mime = rich or next((kind for kind in kinds if kind != "text/plain"), "text/plain")
    is_left_out = rich is not None and not image
    place = "too big to be shown here" if is_left_out else ""
    if stored:
        size = number_of(stored.get("nbytes"))
        place = "on disk" if size is None else f"on disk, {size_text(size)}"
    return {
        "display_id": text_of(data.get("display_id")) or "",
        "mime": first_line(mime, 100),
        "text": bounded_text(_joined(forms.get("text/plain")), text_chars),
        "image": image,
        "html": "" if image else html,
        "place": place,
    }


def _image(forms: Mapping[str, object], most: int) -> str:
    for kind in _IMAGES:
        content = _whole(forms.get(kind), most)
        if content and _BASE64.fullmatch(content):
            return f"data:{kind};base64,{''.join(content.split())}"
    drawing = _whole(forms.get(_SVG), most)
    if drawing:
        return f"data:{_SVG};base64,{b64encode(drawing.encode(errors='replace')).decode()}"
    return ""


def _whole(value: object, most: int) -> str:
    """Return a text if it is there and not too long: half a picture is none."""
    text = _joined(value)
    return text if len(text) <= most else ""


def _joined(value: object) -> str:
    # Notebooks may hold a text as a list of its lines.
    if isinstance(value, list):
        return "".join(map(str, value))
    return value if isinstance(value, str) else ""


def _weight(row: DisplayRow) -> int:
    return len(row["image"]) + len(row["html"])


def _noted(row: DisplayRow) -> DisplayRow:
    noted = cast(DisplayRow, dict(row))
    if _weight(row):
        noted.update({"image": "", "html": "", "place": "shown in the notebook only"})
    return noted
