"""The walk through expressions of which only a part may be evaluated, or in rounds."""

# ruff: noqa: D102, N802, N815 - ast.NodeVisitor finds its methods by these names.

from __future__ import annotations

import ast

from maze_nb.dataflow.expressions import ExpressionWalker
from maze_nb.dataflow.flow import Flow, join
from maze_nb.dataflow.scopes import Comprehension, Kind, comprehension_names


class ConditionWalker(ExpressionWalker):
    """Walks expressions that take a path through their parts."""

    def condition(self, test: ast.expr) -> tuple[Flow, Flow]:
        """Walk a test; return the flow where it is true and the flow where it is false."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            when_true, when_false = self.condition(test.operand)
            return when_false, when_true
        if isinstance(test, ast.BoolOp):
            return self._bool_condition(test)
        self.visit(test)
        if isinstance(test, ast.Constant):
            return (self.flow, self.flow.left()) if test.value else (self.flow.left(), self.flow)
        return self.flow, self.flow

    def _bool_condition(self, test: ast.BoolOp) -> tuple[Flow, Flow]:
        stops_when = isinstance(test.op, ast.Or)
        stopped: list[Flow] = []
        for value in test.values:
            when_true, when_false = self.condition(value)
            stopped.append(when_true if stops_when else when_false)
            self.flow = when_false if stops_when else when_true
        through, short = self.flow, join(*stopped)
        return (short, through) if stops_when else (through, short)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self.flow = join(*self.condition(node))

    def visit_IfExp(self, node: ast.IfExp) -> None:
        when_true, when_false = self.condition(node.test)
        self.flow = when_true
        self.visit(node.body)
        after_body, self.flow = self.flow, when_false
        self.visit(node.orelse)
        self.flow = join(after_body, self.flow)

    def visit_Compare(self, node: ast.Compare) -> None:
        first, *others = node.comparators
        self.visit(node.left)
        self.visit(first)
        sure = self.flow
        for comparator in others:
            self.visit(comparator)
        self.flow = sure.maybe_assigned(self.flow.live)

    def visit_Comprehension(self, node: Comprehension) -> None:
        first, *_ = node.generators
        self.visit(first.iter)
        sure = self.flow
        with self.inside(Kind.COMPREHENSION, comprehension_names(node)):
            for generator in node.generators:
                if generator is not first:
                    self.visit(generator.iter)
                self.visit(generator.target)
                for test in generator.ifs:
                    self.flow, _ = self.condition(test)
            results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
            self.visit_all(results)
        self.flow = sure.maybe_assigned(self.flow.live)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_Comprehension
    visit_GeneratorExp = visit_Comprehension
