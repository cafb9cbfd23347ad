"""The value of a cell's last line, which a notebook shows below the cell."""

from __future__ import annotations

import ast
import io
import tokenize
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT, PyCF_ONLY_AST
from typing import Any

from maze_nb.runners.display import show_value
from maze_nb.runners.figures import is_open_figure

_NAME = "_maze_last_value"
_SKIPPED = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT}
)


def showing_last(source: str, filename: str) -> ast.Module:
    """Return the code of a cell; the value of its last line is kept for `show_last`.

    It is not if the last line is no expression, or ends with a semicolon.

    Raises
    ------
    SyntaxError
        As Python raises it.
    """
    flags = PyCF_ONLY_AST | PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree: ast.Module = compile(source, filename, "exec", flags, dont_inherit=True)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr) and not ends_with_semicolon(source):
        kept = ast.Assign(targets=[ast.Name(id=_NAME, ctx=ast.Store())], value=last.value)
        tree.body[-1] = ast.fix_missing_locations(ast.copy_location(kept, last))
    return tree


def show_last(namespace: dict[str, Any]) -> None:
    """Show the value that was kept; a figure that is open is shown with all others."""
    value = namespace.pop(_NAME, None)
    if value is not None and not is_open_figure(value):
        show_value(value)


def ends_with_semicolon(source: str) -> bool:
    """Tell whether the last of some code, comments aside, is a semicolon.

    >>> ends_with_semicolon("plot(); # quietly"), ends_with_semicolon("plot()  # ;")
    (True, False)
    """
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return False
    last = next((token for token in reversed(tokens) if token.type not in _SKIPPED), None)
    return last is not None and last.string == ";"
