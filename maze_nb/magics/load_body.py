"""The body of a task function as code that stands on its own."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

import maze_nb
from maze_nb.magics.load_module import LoadedModule
from maze_nb.sdk.written.text import dedented

Definition = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Body:
    """A body that runs from top to bottom and ends with the one ``return`` it has, if any.

    Attributes
    ----------
    parameters
        The names of the parameters, in order.
    defaults
        Their defaults, as code.
    text
        The statements before the end.
    returned
        What is returned.
    source
        All of the module, of which `returned` is a part.
    """

    parameters: tuple[str, ...]
    defaults: dict[str, str]
    text: str
    returned: ast.expr | None
    source: str

    def results(self, outputs: tuple[str, ...], *, is_dict: bool) -> list[str] | None:
        """Return what each output is, as code; None if only running it can tell."""
        value = self.returned
        if isinstance(value, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in value.keys]
            if sorted(map(repr, keys)) == sorted(map(repr, outputs)):
                by_name = dict(zip(keys, value.values, strict=True))
                return [self._text(by_name[output]) for output in outputs]
        if is_dict:
            return None
        if len(outputs) == 1:
            return ["None" if value is None else self._text(value)]
        items = value.elts if isinstance(value, ast.Tuple) else []
        if len(items) != len(outputs) or any(isinstance(item, ast.Starred) for item in items):
            return None
        return [self._text(item) for item in items]

    def _text(self, node: ast.expr) -> str:
        text = ast.get_source_segment(self.source, node) or ast.unparse(node)
        return f"({text})" if "\n" in text and not text.startswith(("(", "[", "{")) else text


def straight_body(node: Definition, module: LoadedModule) -> Body | None:
    """Return the body of a function, or None if it needs to be a function."""
    arguments = node.args
    if arguments.vararg or arguments.kwarg:
        return None
    if not all(is_task_decorator(each, module) for each in node.decorator_list):
        return None
    inner = list(_own_nodes(node))
    returns = [each for each in inner if isinstance(each, ast.Return)]
    bound = ast.Yield | ast.YieldFrom | ast.Global | ast.Nonlocal
    if any(isinstance(each, bound) for each in inner) or len(returns) > 1:
        return None
    if returns and returns[0] is not node.body[-1]:
        return None
    defaults = _defaults(arguments, module.source)
    parameters = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    statements = node.body[:-1] if returns else node.body
    return Body(
        tuple(each.arg for each in parameters),
        defaults,
        _text(node, statements, module.source),
        returns[0].value if returns else None,
        module.source,
    )


def is_task_decorator(node: ast.expr, module: LoadedModule) -> bool:
    """Tell whether a decorator is ``@task`` or ``@task(…)``."""
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        owner = module.variables.get(called.value.id)
        return getattr(owner, called.attr, None) is maze_nb.task
    return isinstance(called, ast.Name) and module.variables.get(called.id) is maze_nb.task


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a function, without what is in functions and classes inside of it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(
            child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        ):
            yield from _own_nodes(child)


def _defaults(arguments: ast.arguments, source: str) -> dict[str, str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    late = positional[len(positional) - len(arguments.defaults) :]
    pairs = [
        *zip(late, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {
        each.arg: ast.get_source_segment(source, default) or ast.unparse(default)
        for each, default in pairs
        if default is not None
    }


def _text(node: Definition, statements: list[ast.stmt], source: str) -> str:
    if not statements:
        return ""
    lines = source.splitlines(keepends=True)
    header = max(
        [node.lineno]
        + [each.end_lineno or 0 for each in ast.walk(node.args) if isinstance(each, ast.expr)]
        + ([node.returns.end_lineno or 0] if node.returns else [])
    )
    first = min(statements[0].lineno, *_decorator_lines(statements[0]))
    if statements[0].lineno == header:
        parts = [ast.get_source_segment(source, each) or ast.unparse(each) for each in statements]
        return "\n".join(parts)
    while first - 1 > header and lines[first - 2].lstrip().startswith("#"):
        first -= 1
    last = (
        node.body[len(statements)].lineno - 1
        if len(statements) < len(node.body)
        else (statements[-1].end_lineno or statements[-1].lineno)
    )
    return dedented("".join(lines[first - 1 : last])).strip("\n")


def _decorator_lines(node: ast.stmt) -> list[int]:
    return [each.lineno for each in getattr(node, "decorator_list", ())] or [node.lineno]
