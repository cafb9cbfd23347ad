"""Code moved in or out by some columns, without touching the lines inside of its strings."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Callable

_OPENS = {getattr(tokenize, name) for name in ("FSTRING_START",) if hasattr(tokenize, name)}
_CLOSES = {getattr(tokenize, name) for name in ("FSTRING_END",) if hasattr(tokenize, name)}


def indented(code: str, by: str = "    ") -> str:
    """Return code further to the right; what its strings hold stays the same."""
    return _moved(code, lambda line: by + line)


def dedented(code: str) -> str:
    """Return a block of code at the left margin; what its strings hold stays the same.

    Parameters
    ----------
    code
        Whole lines, the first of which is indented least.
    """
    first = next((line for line in code.splitlines() if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip())]
    # Alone, an indented block cannot be read as Python.
    block = f"if True:\n{code}" if margin else code
    moved = _moved(block, lambda line: line.removeprefix(margin))
    return moved.partition("\n")[2] if margin else moved


def _moved(code: str, move: Callable[[str], str]) -> str:
    fixed = _lines_within_strings(code)
    lines = code.split("\n")
    return "\n".join(
        line if number in fixed or not line.strip() else move(line)
        for number, line in enumerate(lines, start=1)
    )


def _lines_within_strings(code: str) -> set[int]:
    """Return the numbers of the lines that begin inside of a string."""
    found: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type in _OPENS:
            opened.append(token.start[0])
        elif token.type in _CLOSES:
            found.update(range(opened.pop() + 1, token.end[0] + 1))
        elif token.type == tokenize.STRING:
            found.update(range(token.start[0] + 1, token.end[0] + 1))
    return found
