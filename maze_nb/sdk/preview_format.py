"""A value as a view can show it, within bounds: picture, page or text."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.display_fold import display_row
from maze_nb.runners.bundle import bundle_of

TEXT_CHARS = 100_000
HTML_CHARS = 400_000
IMAGE_CHARS = 1_400_000
"""All three together stay below 2 MB, which is the most that is told of one value."""
_WANTED = (
    "text/plain", "text/html", "image/png", "image/jpeg", "image/gif", "image/svg+xml",
)  # fmt: skip


def preview_of(value: Any) -> dict[str, Any]:
    """Return what there is to see of a value.

    Returns
    -------
    dict
        ``mime``, ``text``, ``image`` and ``html`` as in a display; ``note`` says what was left
        out, ``error`` what the value raised when it was looked at.
    """
    shown = io.StringIO()
    # Whatever the value prints when it is looked at is no part of the answer.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(shown):
        found = _bundle(value)
    data, error = found
    row = display_row(
        {"data": data}, image_chars=IMAGE_CHARS, html_chars=HTML_CHARS, text_chars=TEXT_CHARS
    )
    notes = [row["place"]] if row["place"] else []
    if "text/html" in data and not row["html"] and not row["image"]:
        notes.append("its page is too big to be shown here")
    if len(str(data.get("text/plain", ""))) > TEXT_CHARS:
        notes.append(f"its text is cut after {TEXT_CHARS:,} characters")
    return {
        "mime": row["mime"],
        "text": row["text"],
        "image": row["image"],
        "html": row["html"],
        "note": "; ".join(notes),
        "error": error or _last_line(shown.getvalue()),
    }


def _bundle(value: Any) -> tuple[dict[str, Any], str]:
    if isinstance(value, str):
        return {"text/plain": value}, ""
    error = _fault(value)
    if error:
        return {}, error
    try:
        found = bundle_of(value, include=_WANTED)
    except BaseException as fault:  # noqa: BLE001 - it is the user's code, whatever it raises
        return {}, _said("looking at it", fault)
    if found is None or not found[0]:
        return {"text/plain": bounded_text(repr(value), TEXT_CHARS + 1)}, ""
    return found[0], ""


def _fault(value: Any) -> str:
    try:
        repr(value)
    except BaseException as fault:  # noqa: BLE001 - as above
        return _said("its repr", fault)
    return ""


def _said(what: str, fault: BaseException) -> str:
    try:
        text = first_line(str(fault), 500)
    except Exception:  # noqa: BLE001 - even the error may not want to be read
        text = ""
    name = type(fault).__name__
    return f"{what} raised {name}: {text}" if text else f"{what} raised {name}"


def _last_line(text: str) -> str:
    """Return the last line of a traceback that was printed, empty where there is none."""
    if "Traceback (most recent call last)" not in text:
        return ""
    return first_line(text.rstrip().rpartition("\n")[2], 500)
