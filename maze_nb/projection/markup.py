"""Text made safe to stand in HTML and XML."""

from __future__ import annotations

from html import escape
from unicodedata import east_asian_width

from maze_nb.projection.bounded import bounded_text


def markup_text(value: object, limit: int = 2_000) -> str:
    """Return a value as bounded text with everything HTML and XML give a meaning to escaped."""
    return escape(bounded_text(value, limit), quote=True)


def text_width(text: str) -> int:
    """Return about how many letters wide a text is; symbols and wide letters count twice."""
    return sum(2 if ord(char) >= 0x1100 and _is_wide(char) else 1 for char in text)


def fitted_text(text: str, width: int) -> str:
    """Return a text cut with an ellipsis to about so many average letters."""
    if text_width(text) <= width:
        return text
    kept, used = [], 1
    for char in text:
        used += text_width(char)
        if used > width:
            break
        kept.append(char)
    return f"{''.join(kept)}…"


def _is_wide(char: str) -> bool:
    return "\u2190" <= char <= "\u2bff" or east_asian_width(char) in "WF"
