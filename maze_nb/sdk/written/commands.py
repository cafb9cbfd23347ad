"""Commands as source."""

from __future__ import annotations

from maze_nb.runners.commands.command import Command
from maze_nb.sdk.written.programs import program_words
from maze_nb.sdk.written.words import value_text


def is_written(inner: Command) -> bool:
    """Return whether ``command`` can make a command: it knows no recipes, and no JSON in texts."""
    return not inner.recipes and not inner.is_inline


def command_words(inner: Command) -> list[str]:
    """Return the words by which ``command`` makes a command."""
    is_line = isinstance(inner.text, str)
    texts = (inner.text,) if isinstance(inner.text, str) else inner.text
    words = [repr(inner.text) if is_line else value_text(list(texts))]
    words += program_words(inner, (*texts, inner.folder), dict(inner.contents))
    if inner.folder:
        words.append(f"cwd={value_text(inner.folder)}")
    if inner.limits:
        words.append(f"limits={value_text(dict(inner.limits))}")
    return words
