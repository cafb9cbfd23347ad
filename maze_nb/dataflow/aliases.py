"""Which names stand for a value that has another name too, or for a part of one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_ELEMENTWISE = frozenset({"enumerate", "zip", "reversed", "sorted", "list", "tuple", "iter"})
_VIEWS = frozenset({"values", "items"})


class Aliases:
    """Remembers what names were last made to stand for.

    Only what is written plainly is followed: ``x = y`` and ``for x in y``. What calls give back
    may be a copy.
    """

    def __init__(self) -> None:
        self._meant: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """Return the names whose value another one stands for."""
        return self._meant.get(name, frozenset())

    def put(self, name: str, meant: frozenset[str]) -> None:
        """Let a name that was just given a value stand for that of others."""
        if meant:
            self._meant[name] = meant

    def drop(self, name: str) -> None:
        """Note that a name has a value of its own."""
        self._meant.pop(name, None)


def same_as(value: ast.expr) -> Iterator[ast.Name]:
    """Yield the names of the value that an expression gives."""
    match value:
        case ast.Name():
            yield value
        case ast.IfExp(body=body, orelse=orelse):
            yield from same_as(body)
            yield from same_as(orelse)
        case ast.BoolOp(values=values):
            for each in values:
                yield from same_as(each)


def elements_of(iterable: ast.expr) -> Iterator[ast.Name]:
    """Yield the names of the values whose elements a loop goes over."""
    match iterable:
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _ELEMENTWISE:
            for each in arguments:
                yield from elements_of(each)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _VIEWS:
            yield from same_as(value)
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for each in elements:
                yield from same_as(each)
        case _:
            yield from same_as(iterable)


def pairs_of(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, list[ast.Name]]]:
    """Yield each part of a target with the names of the values that it is given."""
    match target, value:
        case ast.Name(), _:
            yield target, [*same_as(value)]
        case (
            (ast.Tuple(elts=parts) | ast.List(elts=parts)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(parts) == len(values) and not any(
            isinstance(each, ast.Starred) for each in [*parts, *values]
        ):
            for part, each in zip(parts, values, strict=True):
                yield from pairs_of(part, each)
        case _:
            yield target, [*elements_of(value)]


def names_in(targets: Iterable[ast.expr]) -> Iterator[ast.Name]:
    """Yield the names that targets of an assignment bind."""
    for target in targets:
        match target:
            case ast.Name():
                yield target
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                yield from names_in(elements)
            case ast.Starred(value=value):
                yield from names_in([value])
