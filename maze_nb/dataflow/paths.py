"""Which paths through a statement are certain, as far as its text tells."""

from __future__ import annotations

import ast

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
