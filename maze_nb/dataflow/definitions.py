"""The walk through definitions: imports, functions, classes and type aliases."""

# ruff: noqa: D102, N802, N815 - ast.NodeVisitor finds its methods by these names.

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from maze_nb.dataflow.conditions import ConditionWalker
from maze_nb.dataflow.names import ImportedName
from maze_nb.dataflow.record import Record
from maze_nb.dataflow.scopes import (
    Bindings,
    Function,
    Kind,
    bindings_of,
    bound_by_import,
    parameter_names,
    parameters_of,
    type_parameter_names,
)


class DefinitionWalker(ConditionWalker):
    """Walks statements that define something.

    Parameters
    ----------
    has_lazy_annotations
        True where ``from __future__ import annotations`` keeps Python from evaluating them.
    """

    def __init__(self, *, has_lazy_annotations: bool = False) -> None:
        super().__init__()
        self.has_lazy_annotations = has_lazy_annotations

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            target = alias.name if alias.asname else alias.name.partition(".")[0]
            self._import(alias, ast.Import(names=[alias]), target)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.record.star_imports.append(module)
                continue
            statement = ast.ImportFrom(module=node.module, names=[alias], level=node.level)
            self._import(alias, statement, f"{module}.{alias.name}")

    def _import(self, alias: ast.alias, statement: ast.stmt, target: str) -> None:
        name = bound_by_import(alias)
        self.store(name, alias.lineno, by_import=True)
        if self.scope.owner(name).kind is Kind.MODULE and self.flow.is_reachable:
            text = ast.unparse(statement)
            self.record.imports.append(ImportedName(name, text, target, alias.lineno))

    def visit_FunctionDef(self, node: Function) -> None:
        self.visit_all(node.decorator_list)
        self.visit_defaults(node.args)
        type_parameters = type_parameter_names(node)
        with self.inside(Kind.TYPE_PARAMETERS, Bindings(frozenset(type_parameters))):
            self._annotations(node)
            body = self.function_body([*node.body], parameter_names(node.args))
        bounds = self._lazy(type_parameters, getattr(node, "type_params", ()))
        if node.decorator_list:
            # A decorator may call what it decorates.
            self.may_call(body)
        self._define(node.name, node.lineno, [body, bounds])

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.visit_all(node.decorator_list)
        methods_from = len(self.deferred)
        type_parameters = type_parameter_names(node)
        with self.inside(Kind.TYPE_PARAMETERS, Bindings(frozenset(type_parameters))):
            self.visit_all([*node.bases, *node.keywords])
            with self.inside(Kind.CLASS, bindings_of(node.body)):
                self.visit_all(node.body)
        bounds = self._lazy(type_parameters, getattr(node, "type_params", ()))
        methods = self.deferred[methods_from:]
        if node.decorator_list:
            for method in methods:
                self.may_call(method)
        self._define(node.name, node.lineno, [bounds])
        for key in self.keys([node.name]):
            self.bodies.setdefault(key, []).extend(methods)

    def _define(self, name: str, line: int, bodies: list[Record]) -> None:
        self.store(name, line)
        if self.scope.owner(name).kind is Kind.MODULE and self.flow.is_reachable:
            self.record.definitions.setdefault(name, line)
        for body in bodies:
            self.defer(body, self.keys([name]))

    def keys(self, names: Iterable[str]) -> list[str]:
        """Return what the flow calls `names` in the present scope."""
        owners = [(self.scope.owner(name), name) for name in names]
        return [owner.prefix + name for owner, name in owners]

    def _lazy(self, type_parameters: list[str], nodes: Iterable[ast.AST]) -> Record:
        """Walk expressions that Python evaluates only when somebody asks for their value."""
        with self.inside(Kind.TYPE_PARAMETERS, Bindings(frozenset(type_parameters))):
            return self.function_body([*nodes])

    def _annotations(self, node: Function) -> None:
        annotations = [parameter.annotation for parameter in parameters_of(node.args)]
        for annotation in [*annotations, node.returns]:
            if annotation is not None:
                self.annotation(annotation)

    def annotation(self, annotation: ast.expr) -> None:
        """Walk an annotation, unless Python leaves it unevaluated."""
        if not self.has_lazy_annotations:
            self.visit(annotation)

    def visit_TypeAlias(self, node: Any) -> None:
        name = node.name.id
        body = self._lazy(type_parameter_names(node), [*node.type_params, node.value])
        self.store(name, node.lineno)
        self.defer(body, self.keys([name]))
