"""Text cut to a bound and made safe to send, and previews of values as such text."""

from __future__ import annotations

import re

PREVIEW_CHARS = 2_000

# C0 controls but tab and newline, DEL, and lone surrogates: XML forbids or JSON cannot carry them.
_UNSENDABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# ANSI colour sequences, which IPython puts into tracebacks.
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def bounded_text(value: object, limit: int = PREVIEW_CHARS) -> str:
    """Return a value as text of at most ``limit`` characters, with what cannot be sent replaced.

    Parameters
    ----------
    value
        A string, or anything else whose ``str`` is wanted; ``None`` is the empty text.
    limit
        Most characters kept; a longer text ends in an ellipsis.

    Returns
    -------
    str
        Text without control characters, lone surrogates and colour sequences.
    """
    text = _text_of(value)
    is_cut = len(text) > limit
    text = text[:limit]
    if not text.isprintable():
        text = _UNSENDABLE.sub("\ufffd", _ANSI.sub("", text).replace("\r\n", "\n"))
    return f"{text[: limit - 1]}…" if is_cut else text


def middle_cut_text(value: object, limit: int) -> str:
    """Return a value as text whose middle is left out when longer than ``limit`` characters."""
    text = _text_of(value)
    if len(text) <= limit:
        return bounded_text(text, limit)
    head, tail = limit // 3, limit - limit // 3
    cut = f"\n… {len(text) - head - tail:,} characters left out …\n"
    return bounded_text(text[:head] + cut + text[-tail:], limit + len(cut))


def first_line(value: object, limit: int = 200) -> str:
    """Return the first line that holds something, cut to ``limit`` characters."""
    text = bounded_text(value, 20 * limit).strip()
    return bounded_text(text.partition("\n")[0].rstrip(), limit)


def preview_text(value: object, limit: int = PREVIEW_CHARS) -> str:
    """Return what a notebook cell would print for a value, bounded and never raising.

    Parameters
    ----------
    value
        Any object that is already here.
    limit
        Most characters kept.

    Returns
    -------
    str
        The ``repr``, or words that say why there is none.
    """
    # The repr is a user's code: whatever it does, the view goes on.
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001
        return f"⟨no preview: its repr raised {type(error).__name__}⟩"
    return bounded_text(text, limit)


def one_line(value: object, limit: int = 60) -> str:
    """Return the ``repr`` of a value on one line, for the middle of a sentence."""
    return bounded_text(" ".join(preview_text(value, 20 * limit).split()), limit)


def _text_of(value: object) -> str:
    if value is None:
        return ""
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001
        return f"⟨no text: its str raised {type(error).__name__}⟩"
