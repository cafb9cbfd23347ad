"""Source in a form in which comments, formatting and docstrings do not show."""

from __future__ import annotations
import __future__

import ast
import functools
import linecache
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from maze_nb.sdk.task import task

_FUTURES = functools.reduce(
    int.__or__, (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names)
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = _Function | ast.ClassDef


@dataclass(frozen=True)
class Source:
    """The text of a file or a cell, parsed.

    Attributes
    ----------
    tree
        Its syntax tree, without docstrings.
    codes
        All that it compiles to: code that is not among them was made from another text.
    functions
        The definition of each function, by name and the line of its first decorator.
    owners
        The class in which a function is defined, by the id of the function's definition.
    """

    tree: ast.Module
    codes: frozenset[CodeType]
    functions: Mapping[tuple[str, int], _Function]
    owners: Mapping[int, ast.ClassDef]


def normal(text: str) -> str:
    """Return the source of a cell or a statement in normal form."""
    tree = ast.parse(text)
    _drop_docstrings(tree)
    return ast.unparse(tree)


def source_behind(code: CodeType) -> Source | None:
    """Return the source that code was made from, None if it is not there any more.

    If its file was changed since, that is the text in which code of it was found last.
    """
    file = code.co_filename
    linecache.checkcache(file)
    for text in ("".join(linecache.getlines(file)), _found_in.get(file, "")):
        source = _parsed(text, code.co_flags & _FUTURES)
        if source is not None and code in source.codes:
            _found_in[file] = text
            return source
    return None


_found_in: dict[str, str] = {}


def _parsed(text: str, flags: int) -> Source | None:
    try:
        return parse(text, flags) if text else None
    except Exception:  # noqa: BLE001 - a file can hold anything
        return None


@functools.lru_cache(maxsize=128)
def parse(text: str, flags: int = 0) -> Source:
    """Return a text parsed; `flags` are those of the compiler for ``from __future__``.

    Raises
    ------
    SyntaxError, ValueError
        If it is not Python.
    """
    flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tree = ast.parse(text)
        code = compile(text, "<source>", "exec", flags, dont_inherit=True)
    _drop_docstrings(tree)
    functions: dict[tuple[str, int], _Function] = {}
    owners: dict[int, ast.ClassDef] = {}
    for node, owner in _functions(tree, None):
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        functions[node.name, first] = node
        if owner is not None:
            owners[id(node)] = owner
    return Source(tree, frozenset(_codes(code)), functions, owners)


def function_text(code: CodeType, namespace: Mapping[str, Any]) -> str | None:
    """Return the definition of a function in normal form, None if its source is not there.

    Lambdas have none either: several can stand on one line. ``@task`` does not show.

    Parameters
    ----------
    namespace
        Where the names of its decorators are looked up.
    """
    source = source_behind(code)
    node = source and source.functions.get((code.co_name, code.co_firstlineno))
    return _text(node, namespace) if node else None


def class_text(kind: type, method: FunctionType) -> str | None:
    """Return the definition of a class in normal form, None if `method` is not defined in it."""
    code = method.__code__
    source = source_behind(code)
    node = source and source.functions.get((code.co_name, code.co_firstlineno))
    owner = source.owners.get(id(node)) if source and node else None
    if owner is None or owner.name != kind.__name__:
        return None
    return _text(owner, method.__globals__)


def module_text(source: Source, namespace: Mapping[str, Any]) -> str:
    """Return a whole module in normal form."""
    return _text(source.tree, namespace)


def _text(node: ast.AST, namespace: Mapping[str, Any]) -> str:
    return ast.unparse(_without_task(node, namespace))


def _without_task(part: Any, namespace: Mapping[str, Any]) -> Any:
    """Return a copy of part of a syntax tree in which no definition is decorated by ``@task``.

    Only what is syntax is copied: tools that show tracebacks hang whole trees onto nodes, and
    Python has some of its nodes in every tree.
    """
    if isinstance(part, list):
        return [_without_task(each, namespace) for each in part]
    if not isinstance(part, ast.AST) or not part._fields:
        return part
    fields = dict(ast.iter_fields(part))
    if isinstance(part, _Definition):
        fields["decorator_list"] = [
            each for each in part.decorator_list if not _is_task(each, namespace)
        ]
    copied = type(part)(**{name: _without_task(each, namespace) for name, each in fields.items()})
    return ast.copy_location(copied, part)


def _is_task(decorator: ast.expr, namespace: Mapping[str, Any]) -> bool:
    """Tell whether a decorator is ``@task``, whose options change no result."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    names: list[str] = []
    while isinstance(called, ast.Attribute):
        names.append(called.attr)
        called = called.value
    if not isinstance(called, ast.Name):
        return False
    value = namespace.get(called.id)
    for name in reversed(names):
        value = getattr(value, "__dict__", {}).get(name)
    return value is task


def _drop_docstrings(tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, _Definition | ast.Module):
            match node.body:
                case [ast.Expr(value=ast.Constant(value=str())), *rest]:
                    node.body = rest or ([] if isinstance(node, ast.Module) else [ast.Pass()])


def _functions(
    node: ast.AST, owner: ast.ClassDef | None
) -> Iterator[tuple[_Function, ast.ClassDef | None]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _functions(child, child)
        elif isinstance(child, _Function):
            yield child, owner
            yield from _functions(child, None)
        else:
            yield from _functions(child, owner)


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
