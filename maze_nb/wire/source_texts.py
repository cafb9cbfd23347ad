"""Texts of code that is in no file where it runs, for the lines of its tracebacks."""

from __future__ import annotations

import linecache
from collections.abc import Iterable
from pathlib import Path
from types import FunctionType

LONGEST = 200_000
"""The characters of a text that travels at most."""


def texts_of(functions: Iterable[FunctionType]) -> tuple[tuple[str, str], ...]:
    """Return the texts of the cells that define these functions, by the names Python has for them.

    What is in a file is not among them.
    """
    found: dict[str, str] = {}
    for function in functions:
        filename = function.__code__.co_filename
        if filename not in found:
            text = "" if Path(filename).is_file() else "".join(linecache.getlines(filename))
            found[filename] = text if len(text) <= LONGEST else ""
    return tuple((filename, text) for filename, text in found.items() if text)


def show_in_tracebacks(texts: Iterable[tuple[str, str]]) -> None:
    """Have tracebacks show the lines of these texts."""
    for filename, text in texts:
        lines = text.splitlines(keepends=True)
        linecache.cache[filename] = (len(text), None, lines, filename)
