"""Which paths through a statement are certain, as far as its text tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

# Context managers known by name to swallow an error raised in their block.
_SWALLOWING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})


def is_surely_not_empty(iterable: ast.expr) -> bool:
    """Tell whether a ``for`` loop over `iterable` runs at least once."""
    match iterable:
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            return any(not isinstance(element, ast.Starred) for element in elements)
        case ast.Constant(value=str() | bytes() as text):
            return bool(text)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))]):
            return count > 0
    return False


def may_swallow(context: ast.expr) -> bool:
    """Tell whether a ``with`` block may go on after an error in its body."""
    match context:
        case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
            return name in _SWALLOWING
    return False


def has_raise(body: Iterable[ast.AST]) -> bool:
    """Tell whether some path through a block may end in a ``raise`` statement of its own."""
    return any(isinstance(node, ast.Raise) for node in _own_nodes(body))


def has_definition(body: Iterable[ast.AST]) -> bool:
    """Tell whether a block defines a function or class, or has a lambda."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    return any(isinstance(node, kinds) for node in _own_nodes(body))


def _own_nodes(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield the nodes of a block, without those inside of functions and classes."""
    waiting = [*body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


def is_wildcard(pattern: ast.pattern) -> bool:
    """Tell whether a ``case`` pattern matches everything."""
    match pattern:
        case ast.MatchAs(pattern=None):
            return True
        case ast.MatchAs(pattern=inner) if inner is not None:
            return is_wildcard(inner)
        case ast.MatchOr(patterns=patterns):
            return any(is_wildcard(inner) for inner in patterns)
    return False
