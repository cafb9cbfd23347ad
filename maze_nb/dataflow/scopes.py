"""Python's scopes: which scope a name belongs to."""

# ruff: noqa: N815 - ast.NodeVisitor finds its methods by these names.

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable
from dataclasses import dataclass

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Kind(enum.Enum):
    """The kinds of scope that differ in how names are looked up."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"
    COMPREHENSION = "comprehension"
    TYPE_PARAMETERS = "type parameters"


@dataclass(frozen=True)
class Bindings:
    """The names that a block binds itself, and those it declares to be bound elsewhere."""

    bound: frozenset[str] = frozenset()
    declared_global: frozenset[str] = frozenset()
    declared_nonlocal: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Scope:
    """One scope, and the scope around it.

    Parameters
    ----------
    kind
        How names are looked up in it.
    bindings
        Its own names.
    parent
        The scope around it; None for the module.
    prefix
        Sets the names of one class apart from all others; empty for the module.
    """

    kind: Kind
    bindings: Bindings = Bindings()
    parent: Scope | None = None
    prefix: str = ""

    def owner(self, name: str) -> Scope:
        """Return the scope to which `name` belongs when it is used in this one."""
        if self._has(name):
            return self
        if name in self.bindings.declared_global or self.parent is None:
            return self.module()
        if self.kind is Kind.TYPE_PARAMETERS and self.parent.kind is Kind.CLASS:
            return self.parent.owner(name)
        return self._outer_owner(name)

    def module(self) -> Scope:
        """Return the outermost scope."""
        return self if self.parent is None else self.parent.module()

    def target_of_walrus(self) -> Scope:
        """Return the scope in which ``:=`` binds: comprehensions pass it outward."""
        if self.kind is Kind.COMPREHENSION and self.parent is not None:
            return self.parent.target_of_walrus()
        return self

    def _has(self, name: str) -> bool:
        return name in self.bindings.bound and name not in self.bindings.declared_nonlocal

    def _outer_owner(self, name: str) -> Scope:
        """Look outward, past class bodies: they hide their names from what is inside."""
        scope = self.parent
        while scope is not None and scope.parent is not None:
            if scope.kind is not Kind.CLASS:
                if name in scope.bindings.declared_global:
                    break
                if scope._has(name):
                    return scope
            scope = scope.parent
        return self.module()


def bindings_of(body: Iterable[ast.AST], parameters: Iterable[str] = ()) -> Bindings:
    """Return the names that a function or class body binds, not looking into inner scopes."""
    collector = _BindingCollector(parameters)
    for node in body:
        collector.visit(node)
    declared_global = frozenset(collector.declared_global)
    return Bindings(
        frozenset(collector.bound) - declared_global,
        declared_global,
        frozenset(collector.declared_nonlocal),
    )


def parameter_names(arguments: ast.arguments) -> list[str]:
    """Return the names of all parameters of a function or lambda."""
    return [parameter.arg for parameter in parameters_of(arguments)]


def parameters_of(arguments: ast.arguments) -> list[ast.arg]:
    """Return all parameters of a function or lambda."""
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return plain + [star for star in (arguments.vararg, arguments.kwarg) if star is not None]


def type_parameter_names(node: ast.AST) -> list[str]:
    """Return the names of ``[T]`` after a function, class or type alias."""
    return [parameter.name for parameter in getattr(node, "type_params", ())]


def comprehension_names(node: Comprehension) -> Bindings:
    """Return the names that the ``for`` clauses of a comprehension bind."""
    return bindings_of(generator.target for generator in node.generators)


class _BindingCollector(ast.NodeVisitor):
    """Collects the names bound by a block, in any order."""

    def __init__(self, parameters: Iterable[str]) -> None:
        self.bound = set(parameters)
        self.declared_global: set[str] = set()
        self.declared_nonlocal: set[str] = set()
        self._depth_of_comprehensions = 0

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load) and not self._depth_of_comprehensions:
            self.bound.add(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.bound.add(node.target.id)
        self.visit(node.value)

    def visit_Global(self, node: ast.Global) -> None:
        self.declared_global.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.declared_nonlocal.update(node.names)

    def visit_alias(self, node: ast.alias) -> None:
        self.bound.add(bound_by_import(node))

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        self._bind_and_go_on(node.name, node)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self._bind_and_go_on(node.name, node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._bind_and_go_on(node.name, node)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self._bind_and_go_on(node.rest, node)

    def visit_FunctionDef(self, node: Function) -> None:
        self.bound.add(node.name)
        self._visit_all([*node.decorator_list, *_defaults(node.args)])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.bound.add(node.name)
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_all(_defaults(node.args))

    def visit_TypeAlias(self, node: ast.AST) -> None:
        self.visit(node.name)  # type: ignore[attr-defined]  # 3.12 and later

    def _visit_comprehension(self, node: Comprehension) -> None:
        first, *_ = node.generators
        self.visit(first.iter)
        self._depth_of_comprehensions += 1
        self.generic_visit(node)
        self._depth_of_comprehensions -= 1

    visit_ListComp = visit_SetComp = visit_DictComp = _visit_comprehension
    visit_GeneratorExp = _visit_comprehension

    def _bind_and_go_on(self, name: str | None, node: ast.AST) -> None:
        if name is not None:
            self.bound.add(name)
        self.generic_visit(node)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def bound_by_import(alias: ast.alias) -> str:
    """Return the name that one clause of an import statement binds."""
    return alias.asname or alias.name.partition(".")[0]


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return [*arguments.defaults, *(value for value in arguments.kw_defaults if value is not None)]
