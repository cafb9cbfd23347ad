"""Cell source to a syntax tree, with errors a person can act on."""

from __future__ import annotations

import ast
import warnings

from maze_nb.errors import CellError


def parse_cell(source: str, name: str) -> ast.Module:
    """Parse the source of a cell, in which ``await`` at top level is allowed.

    Parameters
    ----------
    source
        Python source, IPython syntax already turned into calls.
    name
        What to call the cell in errors.

    Raises
    ------
    CellError
        For anything Python itself would refuse to compile, such as ``return`` outside a
        function, with the line and a caret under the place.
    """
    try:
        with warnings.catch_warnings():
            # Python says these again when the cell runs; here they would come twice.
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            tree = compile(source, "<cell>", "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
            # Only the full compiler finds a `return` or `break` in the wrong place.
            compile(source, "<cell>", "exec", flags, dont_inherit=True)
    except SyntaxError as error:
        raise CellError(_describe(error, name, source)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CellError(f"cell {name!r} cannot be read as Python: {error}") from None
    assert isinstance(tree, ast.Module)
    return tree


def _describe(error: SyntaxError, name: str, source: str) -> str:
    message = error.msg or "invalid syntax"
    if error.lineno is None:
        return f"cell {name!r} has a syntax error: {message}"
    text = f"cell {name!r} has a syntax error on line {error.lineno}: {message}"
    lines = source.splitlines()
    if not 0 < error.lineno <= len(lines):
        return text
    line = lines[error.lineno - 1]
    text += f"\n    {line}"
    if error.offset is None or error.offset < 1:
        return text
    start = error.offset - 1
    end = start + 1
    if error.end_lineno == error.lineno and error.end_offset is not None:
        end = max(end, error.end_offset - 1)
    padding = "".join(char if char == "\t" else " " for char in line[:start])
    return f"{text}\n    {padding}{'^' * max(1, min(end, len(line)) - start)}"
