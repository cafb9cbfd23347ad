"""Which names of a cell hold what is no result of it: open files, connections, generators."""

from __future__ import annotations

import ast

_OPENING = frozenset({"open", "connect", "Lock", "RLock", "ThreadPoolExecutor", "Popen", "socket"})


def stays_behind(name: str, source: str) -> bool:
    """Tell whether all that a cell gives a name is of a kind that cannot travel.

    Of such a name a cell says that it is absent, but a task that returned it would fail.
    """
    stored = opened = 0
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            stored += 1
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            opened += _is_name(node.optional_vars, name) and _is_opening(node.context_expr)
        elif isinstance(node, ast.Assign):
            opened += sum(_is_name(to, name) for to in node.targets) * _is_opening(node.value)
    return 0 < stored == opened


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_opening(value: ast.expr) -> bool:
    if isinstance(value, ast.GeneratorExp):
        return True
    if not isinstance(value, ast.Call):
        return False
    function = value.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return called in _OPENING
