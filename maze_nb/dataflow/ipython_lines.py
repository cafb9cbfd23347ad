"""IPython syntax in a cell, in the form IPython itself turns it into.

The caller hands over source that went through IPython's own ``transform_cell``, which writes
``!ls {folder}`` as ``get_ipython().system('ls {folder}')`` and ``%matplotlib inline`` as
``get_ipython().run_line_magic('matplotlib', 'inline')``. Neither needs IPython here.
"""

from __future__ import annotations

import ast
import re
import string

from maze_nb.dataflow.names import MagicLine

_SHELL_CALLS = frozenset({"system", "getoutput"})
_MAGIC_CALLS = {"run_line_magic": False, "run_cell_magic": True}
_DOLLAR_NAME = re.compile(r"(?<!\$)\$([A-Za-z_]\w*)")


def magic_of(call: ast.Call) -> MagicLine | None:
    """Return the magic that a call stands for, or None if it is not one."""
    method = _ipython_method(call)
    if method not in _MAGIC_CALLS:
        return None
    name = _text_argument(call)
    return MagicLine(name or "?", call.lineno, is_cell_magic=_MAGIC_CALLS[method])


def names_in_shell_command(call: ast.Call) -> list[str]:
    """Return the names that IPython fills into the shell command a call stands for."""
    if _ipython_method(call) not in _SHELL_CALLS:
        return []
    command = _text_argument(call) or ""
    names = [match.group(1) for match in _DOLLAR_NAME.finditer(command)]
    for expression in _braced(command):
        try:
            tree = ast.parse(expression.strip(), mode="eval")
        except SyntaxError:
            continue  # such as awk '{print $1}': IPython leaves these alone too
        names.extend(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return names


def _ipython_method(call: ast.Call) -> str:
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=method):
            return method
    return ""


def _text_argument(call: ast.Call) -> str | None:
    match call.args:
        case [ast.Constant(value=str(text)), *_]:
            return text
    return None


def _braced(command: str) -> list[str]:
    try:
        return [part[1] for part in string.Formatter().parse(command) if part[1]]
    except ValueError:
        return []
