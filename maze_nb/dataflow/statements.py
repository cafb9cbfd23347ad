"""The walk through statements: in what order, and on which paths, names change."""

# ruff: noqa: D102, N802, N815 - ast.NodeVisitor finds its methods by these names.

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from maze_nb.dataflow.aliases import elements_of, pairs_of
from maze_nb.dataflow.definitions import DefinitionWalker
from maze_nb.dataflow.flow import Flow, join
from maze_nb.dataflow.methods import changes_its_object
from maze_nb.dataflow.paths import (
    has_definition,
    has_raise,
    is_surely_not_empty,
    is_wildcard,
    may_swallow,
)
from maze_nb.dataflow.record import Loop
from maze_nb.dataflow.scopes import Kind

_CONTAINERS = (ast.List, ast.ListComp, ast.Dict, ast.DictComp, ast.Set, ast.SetComp)


class CellWalker(DefinitionWalker):
    """Walks the statements of a cell."""

    # -- assignment ------------------------------------------------------------------------

    def visit_Assign(self, node: ast.Assign) -> None:
        if isinstance(node.value, ast.Lambda):
            body = self.lambda_body(node.value)
            self.visit_all(node.targets)
            if all(isinstance(target, ast.Name) for target in node.targets):
                self.defer(body, self.keys(t.id for t in node.targets if isinstance(t, ast.Name)))
            else:
                self.defer(body, ())
                self.may_call(body)
            return
        self.visit(node.value)
        pairs = [pair for target in node.targets for pair in pairs_of(target, node.value)]
        meant = [(target, self.meant_by(names)) for target, names in pairs]
        self.visit_all(node.targets)
        for target, names in meant:
            self.let_mean([target], names)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.load(node.target.id, node.lineno)
            self.visit(node.value)
            if isinstance(node.value, _CONTAINERS) and node.target.id in self.flow.settled:
                # Lists, dicts and sets are changed in place, numbers are not.
                self.change(node.target)
            self.store(node.target.id, node.lineno)
        else:
            self.visit(node.value)
            self.visit(node.target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            # `x.y: int` changes nothing, but looks at `x`.
            self.visit(node.target.value)
        if self.scope.kind is not Kind.FUNCTION:
            self.annotation(node.annotation)

    # -- paths -----------------------------------------------------------------------------

    def visit_Expr(self, node: ast.Expr) -> None:
        self.visit(node.value)
        call = node.value.value if isinstance(node.value, ast.Await) else node.value
        if isinstance(call, ast.Call) and changes_its_object(call, is_statement=True):
            self.change(call.func)

    def visit_If(self, node: ast.If) -> None:
        when_true, when_false = self.condition(node.test)
        self.flow = when_true
        self.visit_all(node.body)
        after_body, self.flow = self.flow, when_false
        self.visit_all(node.orelse)
        self.flow = join(after_body, self.flow)

    def visit_Assert(self, node: ast.Assert) -> None:
        when_true, self.flow = self.condition(node.test)
        if node.msg is not None:
            self.visit(node.msg)
        self.flow = when_true

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        before, elements = self.flow, self.meant_by(elements_of(node.iter))

        def begin() -> None:
            self.is_loop_target = True
            self.visit(node.target)
            self.is_loop_target = False
            self.let_mean([node.target], elements)

        loop, after_body = self._loop_body(node.body, begin)
        runs_once = is_surely_not_empty(node.iter)
        self.flow = after_body if runs_once else join(before, after_body)
        self._leave_loop(loop, node.orelse)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        self.flow, when_false = self.condition(node.test)
        loop, _ = self._loop_body(node.body)
        self.flow = when_false
        self._leave_loop(loop, node.orelse)

    def _loop_body(
        self, body: list[ast.stmt], begin: Callable[[], None] = lambda: None
    ) -> tuple[Loop, Flow]:
        stored_from = len(self.stored)
        loop = Loop()
        self.loops.append(loop)
        before = self.flow
        begin()
        self.visit_all(body)
        if has_definition(body):
            # In the next round the loop may call what it defines further down.
            self.flow = join(before, self.flow, *loop.continues)
            loop.breaks.clear()
            loop.continues.clear()
            begin()
            self.visit_all(body)
        self.loops.pop()
        loop.stored = frozenset(self.stored[stored_from:])
        return loop, join(self.flow, *loop.continues)

    def _leave_loop(self, loop: Loop, orelse: list[ast.stmt]) -> None:
        # Whichever way the loop is left, an earlier round may have run to its end.
        self.flow = self.flow.maybe_assigned(loop.stored)
        self.visit_all(orelse)
        self.flow = join(self.flow, *(flow.maybe_assigned(loop.stored) for flow in loop.breaks))

    def visit_Break(self, _node: ast.Break) -> None:
        self.loops[-1].breaks.append(self.flow)
        self.flow = self.flow.left()

    def visit_Continue(self, _node: ast.Continue) -> None:
        self.loops[-1].continues.append(self.flow)
        self.flow = self.flow.left()

    def visit_Return(self, node: ast.Return) -> None:
        self.generic_visit(node)
        self.flow = self.flow.left()

    def visit_Raise(self, node: ast.Raise) -> None:
        self.generic_visit(node)
        self.flow = self.flow.left()

    def visit_Delete(self, node: ast.Delete) -> None:
        self.visit_all(node.targets)

    # -- errors and contexts ---------------------------------------------------------------

    def visit_Try(self, node: Any) -> None:
        before = self.flow
        stored_from = len(self.stored)
        self.visit_all(node.body)
        # The body may break off anywhere, so that what it assigns is not sure.
        broken_off = before.maybe_assigned(frozenset(self.stored[stored_from:]))
        self.visit_all(node.orelse)
        ends = [self.flow]
        for handler in node.handlers:
            self.flow = broken_off
            self._handler(handler)
            ends.append(self.flow)
        self.flow = join(*ends)
        if node.finalbody:
            self._finally(node.finalbody, broken_off)

    visit_TryStar = visit_Try

    def _handler(self, handler: ast.ExceptHandler) -> None:
        if handler.type is not None:
            self.visit(handler.type)
        key = None
        if handler.name is not None:
            owner = self.scope.owner(handler.name)
            if owner.kind in (Kind.MODULE, Kind.CLASS):
                key = owner.prefix + handler.name
                self.flow = self.flow.assigned(key)
        self.visit_all(handler.body)
        if key is not None:
            # Python deletes the name of the error when the handler ends.
            self.flow = self.flow.deleted(key)

    def _finally(self, body: list[ast.stmt], broken_off: Flow) -> None:
        ended = self.flow
        self.flow = broken_off.maybe_assigned(ended.live)
        self.visit_all(body)
        settled_here = self.flow.settled - broken_off.settled
        reachable = ended.is_reachable and self.flow.is_reachable
        self.flow = Flow(ended.settled | settled_here, self.flow.live, reachable)

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.visit(item.optional_vars)
        before, stored_from = self.flow, len(self.stored)
        self.visit_all(node.body)
        ends_in_error = not self.flow.is_reachable and has_raise(node.body)
        if ends_in_error or any(may_swallow(item.context_expr) for item in node.items):
            broken_off = before.maybe_assigned(frozenset(self.stored[stored_from:]))
            self.flow = join(broken_off, self.flow)

    visit_AsyncWith = visit_With

    # -- match -----------------------------------------------------------------------------

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        ends: list[Flow] = []
        unmatched = self.flow
        for case in node.cases:
            self.flow = unmatched
            self.visit(case.pattern)
            if is_wildcard(case.pattern):
                unmatched = unmatched.left()
            if case.guard is not None:
                # What the pattern captures stays when the guard fails.
                self.flow, guarded_off = self.condition(case.guard)
                unmatched = join(unmatched, guarded_off)
            self.visit_all(case.body)
            ends.append(self.flow)
        self.flow = join(*ends, unmatched)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        self._capture(node.name, node.lineno)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        self._capture(node.name, node.lineno)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        self._capture(node.rest, node.lineno)

    def _capture(self, name: str | None, line: int) -> None:
        if name is not None:
            self.store(name, line)
