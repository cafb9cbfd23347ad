"""What a module has beside tasks and workflows, as a cell of the notebook."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from maze_nb.dataflow import analyse_cell
from maze_nb.magics.load_module import LoadedModule
from maze_nb.sdk.flow import WorkflowFunction
from maze_nb.sdk.task_function import TaskFunction

_OF_MAZE = ("task", "workflow")


def setup_text(module: LoadedModule) -> str:
    """Return the imports, values, functions and classes of a module, as they stand in it.

    Tasks stay if other code calls them; workflows and what is for ``__main__`` do not.
    """
    tree, lines = module.tree, module.source.splitlines()
    called = _called(module)
    drop: set[int] = set()
    for position, node in enumerate(tree.body):
        is_docstring = position == 0 and ast.get_docstring(tree) is not None
        if is_docstring or _is_dropped(node, module, called):
            first, last = _lines(node)
            while first > 1 and lines[first - 2].lstrip().startswith("#"):
                first -= 1
            drop.update(range(first, last + 1))
    kept = "\n".join("" if number in drop else line for number, line in enumerate(lines, start=1))
    return _squeezed(_without_maze(_with_file(kept, module)))


def _called(module: LoadedModule) -> set[str]:
    """Return the tasks that functions other than workflows call by themselves."""
    found: set[str] = set()
    for node in module.tree.body:
        value = module.variables.get(getattr(node, "name", ""))
        if not isinstance(value, WorkflowFunction) and not _is_main(node):
            own = {getattr(node, "name", "")}
            names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            found |= names - own
    return found


def _is_dropped(node: ast.stmt, module: LoadedModule, called: set[str]) -> bool:
    if _is_main(node):
        return True
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    value = module.variables.get(node.name)
    if isinstance(value, WorkflowFunction):
        return True
    return isinstance(value, TaskFunction) and node.name not in called


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in {
        each.id for each in ast.walk(node.test) if isinstance(each, ast.Name)
    }


def _lines(node: ast.stmt) -> tuple[int, int]:
    decorators = getattr(node, "decorator_list", ())
    return min([node.lineno, *(each.lineno for each in decorators)]), node.end_lineno or node.lineno


def _with_file(text: str, module: LoadedModule) -> str:
    """Return code that has the path of the module where it asks for its own."""
    lines = text.split("\n")
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name) and node.id == "__file__"
    ]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line = lines[node.lineno - 1].encode()
        start, end = line[: node.col_offset], line[node.end_col_offset :]
        lines[node.lineno - 1] = (start + repr(str(module.path)).encode() + end).decode()
    return "\n".join(lines)


def _without_maze(text: str) -> str:
    """Return code without imports of decorators that nothing uses any more."""
    tree = ast.parse(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = text.split("\n")
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "maze_nb":
            kept = [alias for alias in node.names if _is_kept(alias, used)]
            first, last = _lines(node)
            lines[first - 1 : last] = [""] * (last - first + 1)
            if kept:
                lines[first - 1] = ast.unparse(ast.ImportFrom("maze_nb", kept, 0))
    return "\n".join(lines)


def _is_kept(alias: ast.alias, used: Iterable[str]) -> bool:
    return alias.name not in _OF_MAZE or (alias.asname or alias.name) in used


def _squeezed(text: str) -> str:
    """Return code with no more than two blank lines in a row outside of strings."""
    lines = text.split("\n")
    inside = {
        number
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant | ast.JoinedStr)
        for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    return "\n".join(_without_gaps(lines, inside)).strip("\n")


def _without_gaps(lines: list[str], inside: set[int]) -> Iterator[str]:
    blank = 0
    for number, line in enumerate(lines, start=1):
        blank = 0 if line.strip() or number in inside else blank + 1
        if blank < 3:
            yield line


def names_of(setup: str) -> set[str]:
    """Return the names that the cell before the task cells makes."""
    names = analyse_cell(setup)
    return set(names.writes)
