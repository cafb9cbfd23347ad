"""A task cell as the source of a ``@task`` function."""

from __future__ import annotations

import ast
import builtins
import inspect
from ast import PyCF_ALLOW_TOP_LEVEL_AWAIT
from collections.abc import Iterable
from dataclasses import dataclass

from maze_nb.errors import CellError
from maze_nb.magics.task_cell import TaskCell
from maze_nb.sdk.written.text import indented
from maze_nb.sdk.written.words import call_text, option_words, value_text

_LOOK_AROUND = frozenset({"exec", "globals", "locals", "vars", "dir"})


@dataclass(frozen=True)
class CellCode:
    """A cell taken apart for a module.

    Attributes
    ----------
    imports
        The imports that it begins with.
    body
        The rest of its code, as it stands in the cell.
    is_async
        Whether it awaits something at its top level.
    """

    imports: tuple[ast.Import | ast.ImportFrom, ...]
    body: str
    is_async: bool


def take_apart(cell: TaskCell) -> CellCode:
    """Return the code of a cell without the imports that it begins with.

    Raises
    ------
    CellError
        If the cell only works outside of a function.
    """
    tree = ast.parse(cell.source)
    _refuse(tree, cell)
    lines = cell.source.splitlines(keepends=True)
    imports: list[ast.Import | ast.ImportFrom] = []
    following = [*(node.lineno for node in tree.body[1:]), len(lines) + 1]
    for node, next_line in zip(tree.body, following, strict=True):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        if not _is_settled(node, cell) or node.end_lineno == next_line:
            break
        imports.append(node)
    start = imports[-1].end_lineno if imports else 1
    code = compile(tree, "<cell>", "exec", PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    is_async = bool(code.co_flags & inspect.CO_COROUTINE)
    body = "".join(lines[start:]).strip("\n")
    return CellCode(tuple(imports), body, is_async)


def function_text(
    cell: TaskCell,
    code: CellCode,
    name: str,
    inputs: Iterable[str],
    outputs: tuple[str, ...],
    before: str,
) -> str:
    """Return the source of the function that does what a cell does.

    Parameters
    ----------
    name, inputs, outputs
        Of the function.
    before
        Code that goes before that of the cell.
    """
    inputs = list(inputs)
    unset = [
        output
        for output in outputs
        if output in cell.names.maybe_writes and output not in inputs and not cell.is_strict
    ]
    parts = [f"{output} = None  # unless it is made below" for output in unset]
    parts += [f"{before}\n" if before and code.body else before, code.body]
    if outputs:
        parts.append(call_text("return {", (f'"{output}": {output}' for output in outputs), "}", 4))
    body = "\n".join(part for part in parts if part) or "pass"
    head = call_text(f"{'async ' if code.is_async else ''}def {name}(", inputs, "):", 0)
    text = f"{_decorator(cell, outputs)}\n{head}\n{indented(body)}\n"
    try:
        compile(text, "<cell>", "exec", dont_inherit=True)
    except SyntaxError as error:
        raise CellError(
            f"cell {cell.name!r} cannot be written as a function: {error.msg}"
        ) from None
    return text


def _is_settled(node: ast.Import | ast.ImportFrom, cell: TaskCell) -> bool:
    """Tell whether the names of an import mean just that in the whole cell."""
    bound = [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
        return node.module == "__future__"
    return all(name in cell.names.imports or name.startswith("_") for name in bound)


def _refuse(tree: ast.Module, cell: TaskCell) -> None:
    """Raise CellError if the code looks at variables in a way that it cannot in a function."""
    for node in ast.walk(tree):
        what = ""
        if isinstance(node, ast.Global):
            what = f"global {', '.join(node.names)}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called = node.func.id
            is_own = called in cell.names.writes or not hasattr(builtins, called)
            is_bare = called not in ("vars", "dir") or not node.args
            if called in _LOOK_AROUND and not is_own and is_bare:
                what = f"{called}()"
        if what:
            line = getattr(node, "lineno", 1)
            raise CellError(
                f"cell {cell.name!r} has {what!r} on line {line}, which means something else in a "
                f"function: do without it to export the cell"
            )


def _decorator(cell: TaskCell, outputs: tuple[str, ...]) -> str:
    given = {"outputs": list(outputs)} if outputs != ("result",) else {}
    words = [f"{key}={value_text(value)}" for key, value in given.items()]
    words += option_words(cell.resources, cell.options.options)
    return call_text("@task(", words, ")", 0) if words else "@task"
