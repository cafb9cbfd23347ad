"""How a variable of the notebook is written in a module: imported, as source, or as a value."""

from __future__ import annotations

import ast
import importlib
import inspect
import linecache
import math
import pickle
import pickletools
import pprint
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType, ModuleType
from typing import Any

from maze_nb.dataflow import analyse_cell
from maze_nb.errors import CellError, with_article

_LONGEST = 4000
_WIDTH = 96
_PLAIN = (type(None), bool, int, float, complex, str, bytes, type(Ellipsis))


@dataclass(frozen=True)
class Written:
    """How one variable is written.

    Attributes
    ----------
    kind
        ``"import"``, ``"code"``, ``"literal"`` or ``"stored"``: in a file beside the module.
    text
        The statement, the source, or the expression; nothing of what is stored.
    data
        What is stored, pickled.
    reads
        The names that the source looks up.
    defaults
        Values that some of these names had when they became defaults of a function.
    """

    kind: str
    text: str = ""
    data: bytes = b""
    reads: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)


def written(name: str, value: Any, reader: str, source: str) -> Written:
    """Return how a variable of the notebook is written.

    Parameters
    ----------
    reader, source
        What reads it, such as ``"cell 'load'"``, and its code, which tells the submodules used.

    Raises
    ------
    CellError
        If it is of a kind that a module cannot have: it names the variable and what reads it.
    """
    if isinstance(value, ModuleType):
        return Written("import", _import_of_module(name, value, source))
    found = _import_of(name, value) or _code_of(name, value, reader)
    if found is not None:
        return found
    text = literal(value)
    return (
        Written("literal", text) if text else Written("stored", data=_pickled(name, value, reader))
    )


def _import_of_module(name: str, module: ModuleType, source: str) -> str:
    full = module.__name__
    if name != full:
        parent, _, last = full.rpartition(".")
        if parent and last == name:
            return f"from {parent} import {name}"
        return f"import {full} as {name}"
    used = {full}
    for node in ast.walk(ast.parse(source)):
        path = _dotted(node) if isinstance(node, ast.Attribute) else ""
        if path.startswith(f"{full}.") and path in sys.modules:
            used.add(path)
    return "\n".join(f"import {path}" for path in sorted(used))


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    inner = _dotted(node.value) if isinstance(node, ast.Attribute) else ""
    return f"{inner}.{node.attr}" if inner and isinstance(node, ast.Attribute) else ""


def _import_of(name: str, value: Any) -> Written | None:
    """Return the import of a function or class of an installed module."""
    module, own = getattr(value, "__module__", None), getattr(value, "__name__", None)
    if not callable(value) or not isinstance(module, str) or not isinstance(own, str):
        return None
    if module == "__main__" or not own.isidentifier():
        return None
    try:
        found = getattr(importlib.import_module(module), own, None)
    except Exception:  # noqa: BLE001 - a module that cannot be imported has nothing to import
        return None
    if found is not value:
        return None
    whole = sys.modules.get("maze_nb")
    if module.startswith("maze_nb.") and getattr(whole, own, None) is value:
        module = "maze_nb"
    alias = "" if own == name else f" as {name}"
    if module == "builtins":
        return Written("literal", own) if alias else None
    return Written("import", f"from {module} import {own}{alias}")


def _code_of(name: str, value: Any, reader: str) -> Written | None:
    """Return the source of a function or class that the notebook defines."""
    inner = inspect.unwrap(value) if callable(value) else value
    if not isinstance(inner, FunctionType | type):
        return None
    if isinstance(inner, type) and inner.__module__ != "__main__":
        return None
    text = _statement_of(name, inner)
    if text is None:
        own = getattr(inner, "__qualname__", name)
        raise CellError(
            f"{reader} reads {name!r}, whose source ({own}) is no statement of a cell: "
            f"define it by def or class at the top level of a cell, or in a module"
        )
    return Written("code", text, reads=_reads(text) - {name}, defaults=_defaults(text, inner))


def _defaults(text: str, inner: Any) -> dict[str, Any]:
    """Return the values of the names that are defaults of a function."""
    node = ast.parse(text).body[0]
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return {}
    values = list(inner.__defaults__ or ())
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    by_name = inner.__kwdefaults__ or {}
    pairs = [
        *zip(node.args.defaults, values, strict=False),
        *((default, by_name.get(each.arg)) for each, default in named if each.arg in by_name),
    ]
    return {default.id: value for default, value in pairs if isinstance(default, ast.Name)}


def _reads(text: str) -> frozenset[str]:
    names = analyse_cell(text)
    return names.reads | names.soft_reads | names.private_reads


def _statement_of(name: str, inner: Any) -> str | None:
    """Return the statement that defines a function or class, with its decorators."""
    is_class = isinstance(inner, type)
    codes = list(_codes(inner))
    files = [code.co_filename for code in codes] + (_cells_that_define(name) if is_class else [])
    for file in dict.fromkeys(files):
        source = "".join(linecache.getlines(file))
        lines = source.splitlines(keepends=True)
        for node in reversed(_statements(source)):
            first = min([node.lineno, *(each.lineno for each in _decorators(node))])
            last = node.end_lineno or node.lineno
            is_here = is_class or any(first <= code.co_firstlineno <= last for code in codes[:1])
            if is_here and _defines(node, name, is_class):
                return "".join(lines[first - 1 : last]).rstrip() + "\n"
    return None


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _decorators(node: ast.stmt) -> list[ast.expr]:
    return list(getattr(node, "decorator_list", ()))


def _defines(node: ast.stmt, name: str, is_class: bool) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name and isinstance(node, ast.ClassDef) is is_class
    if not isinstance(node, ast.Assign) or is_class:
        return False
    targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
    return targets == [name] and isinstance(node.value, ast.Lambda)


def _codes(inner: Any) -> Iterator[CodeType]:
    if isinstance(inner, FunctionType):
        yield inner.__code__
        return
    for part in vars(inner).values():
        function = getattr(part, "__func__", getattr(part, "fget", part))
        function = inspect.unwrap(function) if callable(function) else function
        # What a decorator such as dataclass makes has no source of its own.
        if isinstance(function, FunctionType) and linecache.getlines(function.__code__.co_filename):
            yield function.__code__


def _cells_that_define(name: str) -> list[str]:
    """Return the files of cells that may define a class without any methods, newest first."""
    files = [
        file
        for file, entry in list(linecache.cache.items())
        if len(entry) == 4 and entry[1] is None and any(name in line for line in entry[2])
    ]
    return files[::-1]


def literal(value: Any) -> str:
    """Return an expression that makes a plain value, or nothing if there is none."""
    if not _is_plain(value, set()):
        return ""
    text = pprint.pformat(value, width=_WIDTH, sort_dicts=False)
    if len(text) > _LONGEST:
        return ""
    # Long strings are folded into several, which only parentheses hold together.
    return f"({text})" if isinstance(value, str | bytes) and "\n" in text else text


def _is_plain(value: Any, seen: set[int]) -> bool:
    """Tell whether a value is made of literals only, no part of which is there twice."""
    if type(value) in _PLAIN:
        return not isinstance(value, float) or math.isfinite(value)
    if type(value) not in (list, tuple, dict, set) or (not value and type(value) is set):
        return False
    if id(value) in seen:
        return False
    if type(value) is not tuple:
        seen.add(id(value))
    items = [*value, *value.values()] if isinstance(value, dict) else value
    return all(_is_plain(item, seen) for item in items)


def _pickled(name: str, value: Any, reader: str) -> bytes:
    reason = "its class is defined in the notebook"
    try:
        data = pickle.dumps(value, protocol=5)
        is_of_notebook = any(arg == "__main__" for _, arg, _ in pickletools.genops(data))
    except Exception as error:  # noqa: BLE001 - pickling runs the user's own code
        reason, is_of_notebook = f"{type(error).__name__}: {error}", True
    if is_of_notebook:
        what = with_article(type(value).__qualname__)
        raise CellError(
            f"{reader} reads {name!r}, {what} that cannot be written "
            f"into a module or a file ({reason}): make it in a task cell"
        )
    return data
