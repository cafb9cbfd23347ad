"""Plain values as people type them into a form: read without running anything."""

from __future__ import annotations

import ast
import json
from typing import Any, NoReturn

from maze_nb.errors import InputError
from maze_nb.projection.bounded import one_line

LONGEST = 100_000
"""How many characters a value may take that is typed into a form."""


def read_literal(text: str, where: str) -> Any:
    """Return the value that a Python or JSON literal stands for; nothing is evaluated.

    Parameters
    ----------
    where
        Names the input in an error, such as ``"input 'path' of task 'load'"``.

    Raises
    ------
    InputError
        If it is none, is empty, or is longer than `LONGEST`.

    Examples
    --------
    >>> read_literal("[1, (2, 'x')]", "here"), read_literal('{"on": true}', "here")
    ([1, (2, 'x')], {'on': True})
    """
    if not isinstance(text, str):
        raise InputError(f"{where}: a value is typed as text, not {one_line(text)}")
    if not text.strip():
        raise InputError(f"{where} is given nothing: type a value, such as 3, 'text' or [1, 2]")
    if len(text) > LONGEST:
        raise InputError(
            f"{where} is given {len(text):,} characters, and {LONGEST:,} can be typed: make it in "
            f"a task, or give it in Python"
        )
    for read in (_python, _json):
        try:
            return read(text.strip())
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    raise InputError(
        f"{where} is given {one_line(text)}, which is no plain value of Python or JSON: texts need "
        f"quotes, as in 'text'; what has to be computed is computed in a task"
    )


def _python(text: str) -> Any:
    return ast.literal_eval(text)


def _json(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)
