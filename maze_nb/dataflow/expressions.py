"""The walk through expressions: which names they take, bind and change."""

# ruff: noqa: D102 - ast.NodeVisitor finds its methods by these names.

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from maze_nb.dataflow.aliases import Aliases, names_in
from maze_nb.dataflow.flow import Flow
from maze_nb.dataflow.ipython_lines import magic_of, names_in_shell_command
from maze_nb.dataflow.methods import changes_its_object
from maze_nb.dataflow.record import Loop, Record
from maze_nb.dataflow.scopes import (
    Bindings,
    Kind,
    Scope,
    bindings_of,
    parameter_names,
)

# `display` and `get_ipython` are put among the built-in names by IPython, the others into
# every notebook; a worker has its own idea of all of them.
AMBIENT = frozenset({"display", "get_ipython", "In", "Out", "exit", "quit"})
BUILTINS = frozenset(dir(builtins)) - AMBIENT


class ExpressionWalker(ast.NodeVisitor):
    """Walks expressions in the order Python evaluates them.

    It guards the scope, the flow and the record of the place where the walk is, and knows
    which functions a name may stand for, so that what a function reads counts as read where
    the function may first be called.
    """

    def __init__(self) -> None:
        self.scope = Scope(Kind.MODULE)
        self.flow = Flow()
        self.record = Record()
        self.aliases = Aliases()
        self.loops: list[Loop] = []
        self.bodies: dict[str, list[Record]] = {}
        self.deferred: list[Record] = []
        self.in_function = False
        self.is_loop_target = False
        self.stored: list[str] = []
        self._prefixes = 0

    # -- names ---------------------------------------------------------------------------

    def load(self, name: str, line: int, *, is_soft: bool = False) -> None:
        """Read a name in the present scope; softly where it need not exist."""
        if not self.flow.is_reachable:
            return
        owner = self.scope.owner(name)
        if owner.kind is Kind.CLASS:
            key = owner.prefix + name
            self._may_call_name(key)
            if key in self.flow.settled:
                return
            owner = owner.module()
        if owner.kind is Kind.MODULE:
            self._may_call_name(name)
            if name not in self.flow.settled:
                reads = self.record.soft_reads if is_soft else self.record.reads
                reads.setdefault(name, line)

    def store(self, name: str, line: int, *, by_import: bool = False) -> None:
        """Give a name a value in the present scope."""
        owner = self.scope.owner(name)
        if owner.kind not in (Kind.MODULE, Kind.CLASS) or not self.flow.is_reachable:
            return
        key = owner.prefix + name
        self.flow = self.flow.assigned(key)
        self.stored.append(key)
        self.aliases.drop(key)
        if owner.kind is Kind.MODULE:
            self.record.writes.setdefault(name, line)
            if not by_import:
                self.record.assigned.add(name)
            if not self.is_loop_target:
                self.record.kept.add(name)

    def delete(self, name: str, line: int) -> None:
        """Delete a name, which has to exist, in the present scope."""
        self.load(name, line)
        owner = self.scope.owner(name)
        if owner.kind not in (Kind.MODULE, Kind.CLASS) or not self.flow.is_reachable:
            return
        self.flow = self.flow.deleted(owner.prefix + name)
        if owner.kind is Kind.MODULE:
            self.record.deletes.setdefault(name, line)

    def mutate(self, target: ast.Attribute | ast.Subscript) -> None:
        """Change an attribute or item, and so the value that the target starts from."""
        self.visit(target.value)
        if isinstance(target, ast.Subscript):
            self.visit(target.slice)
        self.change(target)

    def change(self, place: ast.expr) -> None:
        """Change the value that an attribute or item starts from, if it has a name."""
        root = place
        while isinstance(root, ast.Attribute | ast.Subscript):
            root = root.value
        if isinstance(root, ast.Name) and self.flow.is_reachable:
            for name in self.meant_by([root]):
                self.record.mutates.setdefault(name, root.lineno)

    def meant_by(self, names: Iterable[ast.Name]) -> frozenset[str]:
        """Return the names from outside whose values `names` of the cell stand for."""
        found: set[str] = set()
        for name in names:
            if self.scope.owner(name.id).kind is Kind.MODULE:
                is_own = name.id in self.flow.settled
                found |= self.aliases.of(name.id) if is_own else {name.id}
        return frozenset(found)

    def let_mean(self, targets: Iterable[ast.expr], meant: frozenset[str]) -> None:
        """Let targets that were just assigned stand for values from outside."""
        for name in names_in(targets):
            if self.scope.owner(name.id).kind is Kind.MODULE:
                self.aliases.put(name.id, meant)

    def may_call(self, body: Record) -> None:
        """Read what a function reads, and what the functions it may call read."""
        waiting, seen = [body], {id(body)}
        while waiting:
            called = waiting.pop()
            self.settle(called)
            for name in called.reads:
                for other in self.bodies.get(name, ()):
                    if id(other) not in seen:
                        seen.add(id(other))
                        waiting.append(other)

    def _may_call_name(self, key: str) -> None:
        for body in self.bodies.get(key, ()):
            self.may_call(body)

    def settle(self, body: Record) -> None:
        """Count what a function reads and changes as read and changed here."""
        if self.flow.is_reachable:
            self.record.absorb(
                Record(
                    reads=self._unsettled(body.reads),
                    soft_reads=self._unsettled(body.soft_reads),
                    mutates=self._unsettled(body.mutates),
                )
            )

    def defer(self, body: Record, keys: Iterable[str]) -> None:
        """Keep what a function touches for where one of `keys`, its names, is used.

        What it assigns to globals counts for the cell that defines it, called or not.
        """
        self.record.absorb(
            Record(writes=body.writes, assigned=body.assigned, kept=body.kept, magics=body.magics)
        )
        self.flow = self.flow.maybe_assigned(frozenset(body.writes))
        if self.in_function:
            self.settle(body)
            return
        self.deferred.append(body)
        for key in keys:
            self.bodies.setdefault(key, []).append(body)

    def _unsettled(self, names: dict[str, int]) -> dict[str, int]:
        return {name: line for name, line in names.items() if name not in self.flow.settled}

    # -- nodes that bind or use names ------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.load(node.id, node.lineno)
        elif isinstance(node.ctx, ast.Store):
            self.store(node.id, node.lineno)
        else:
            self.delete(node.id, node.lineno)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            self.visit(node.value)
        else:
            self.mutate(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if isinstance(node.ctx, ast.Load):
            self.generic_visit(node)
        else:
            self.mutate(node)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        inner = self.scope
        self.scope = inner.target_of_walrus()
        self.store(node.target.id, node.lineno)
        self.scope = inner

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        if changes_its_object(node, is_statement=False):
            self.change(node.func)
        magic = magic_of(node)
        if magic is not None:
            self.record.magics.append(magic)
        for name in names_in_shell_command(node):
            self.load(name, node.lineno, is_soft=True)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is not None:
                self.visit(key)
            self.visit(value)

    # -- functions without a name ---------------------------------------------------------------

    def visit_Lambda(self, node: ast.Lambda) -> None:
        # Whoever gets a lambda may call it at once.
        body = self.lambda_body(node)
        self.defer(body, ())
        self.may_call(body)

    def lambda_body(self, node: ast.Lambda) -> Record:
        """Walk a lambda; return what it touches when it is called."""
        self.visit_defaults(node.args)
        return self.function_body([node.body], parameter_names(node.args))

    def visit_defaults(self, arguments: ast.arguments) -> None:
        """Walk the default values of parameters."""
        self.visit_all(arguments.defaults)
        self.visit_all(value for value in arguments.kw_defaults if value is not None)

    # -- scopes ----------------------------------------------------------------------------

    def function_body(self, body: list[ast.AST], parameters: Iterable[str] = ()) -> Record:
        """Walk the body of a function; return what it touches when it is called."""
        if not self.flow.is_reachable:
            return Record()
        before = self.flow, self.record, self.loops, self.in_function, self.bodies
        self.flow, self.record, self.loops, self.in_function = Flow(), Record(), [], True
        self.bodies = {}  # inside, functions count as called where they are written
        with self.inside(Kind.FUNCTION, bindings_of(body, parameters)):
            self.visit_all(body)
        walked = self.record
        self.flow, self.record, self.loops, self.in_function, self.bodies = before
        return walked

    @contextmanager
    def inside(self, kind: Kind, bindings: Bindings) -> Iterator[Scope]:
        """Enter a scope for as long as the context lasts."""
        self._prefixes += kind is Kind.CLASS
        prefix = f"{self._prefixes}." if kind is Kind.CLASS else ""
        outer = self.scope
        self.scope = Scope(kind, bindings, outer, prefix)
        yield self.scope
        self.scope = outer

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        """Walk several nodes in order."""
        for node in nodes:
            self.visit(node)
