"""A task of a workflow as the text of a task cell."""

from __future__ import annotations

import ast
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from maze_nb.dataflow import analyse_cell
from maze_nb.errors import CellError, with_article
from maze_nb.magics.load_body import Body, is_task_decorator, straight_body
from maze_nb.magics.load_module import LoadedModule
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import Deadline, TaskOptions
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask
from maze_nb.sdk.written.text import dedented
from maze_nb.sdk.written.value import literal

Variables = Mapping[tuple[str, str], str]
"""By task id and output, the name of the variable that a cell makes."""


@dataclass(frozen=True)
class CellText:
    """A task cell.

    Attributes
    ----------
    line
        What stands behind ``%%maze_task``.
    code
        The code below.
    """

    line: str
    code: str

    @property
    def text(self) -> str:
        """The whole cell."""
        return f"%%maze_task {self.line}\n{self.code}\n"


def cell_text(
    task: WorkflowTask, name: str, variables: Variables, module: LoadedModule, setup: set[str]
) -> CellText:
    """Return a task as a cell.

    Parameters
    ----------
    name
        What to call the cell.
    setup
        The names that the cell before the task cells makes.

    Raises
    ------
    CellError
        If a cell cannot do what the task does.
    """
    _refuse(task)
    node = _definition(task, module)
    body = straight_body(node, module) if node is not None else None
    outputs = [variables[task.task_id, output] for output in task.function.outputs]
    given = {
        key: _expression(task, key, value, variables, module, setup)
        for key, value in task.inputs.items()
    }
    if body is not None and outputs and _can_stand_alone(task, body):
        code = _inlined(task, body, given, outputs)
    else:
        code = _called(task, node, given, outputs, module)
    future = "from __future__ import annotations"
    if future in module.source:
        code = f"{future}\n{code}"
    return CellText(_line(task, name, outputs), code)


def _refuse(task: WorkflowTask) -> None:
    what = ""
    if task.over:
        what = f"maps over {', '.join(map(repr, task.over))}"
    elif task.when is not None:
        what = "runs only under a condition"
    elif any(isinstance(value, Either) for value in task.inputs.values()):
        what = "reads either of several outputs"
    if what:
        raise CellError(f"task {task.name!r} {what}, which a cell cannot: keep it in the module")


def _definition(
    task: WorkflowTask, module: LoadedModule
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """Return the definition of a task in the module, or None if it is imported there."""
    function = task.function.function
    own = getattr(function, "__name__", "")
    if not module.is_own(function):
        if module.task_function(own) is function:
            return None
    else:
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        nodes = [node for node in module.tree.body if isinstance(node, functions)]
        for node in reversed(nodes):
            if node.name == own and module.task_function(own) is function:
                return node
    raise CellError(
        f"task {task.name!r} is no function at the top level of {module.path.name}: define it there"
    )


def _can_stand_alone(task: WorkflowTask, body: Body) -> bool:
    is_dict = task.function.signature.style == "dict"
    return body.results(task.function.outputs, is_dict=is_dict) is not None


def _expression(
    task: WorkflowTask,
    key: str,
    value: Any,
    variables: Variables,
    module: LoadedModule,
    setup: set[str],
) -> str:
    """Return what an input is given, as code."""
    if key in setup and module.variables.get(key) is value:
        return key
    numbered: list[str] = []

    def name_of(leaf: Any) -> Any:
        if not isinstance(leaf, OutputReference):
            return leaf
        numbered.append(variables[leaf.task.task_id, leaf.name])
        return f"\0{len(numbered) - 1}\0"

    text = literal(replace_nested(value, name_of))
    if text and not numbered:
        return text
    for number, variable in enumerate(numbered):
        text = text.replace(repr(f"\0{number}\0"), variable)
    if text and "\\x00" not in text:
        return text
    same = [name for name in sorted(setup) if module.variables.get(name) is value]
    if same:
        return same[0]
    what = with_article(type(value).__qualname__)
    raise CellError(
        f"input {key!r} of task {task.name!r} is {what}, which cannot be "
        f"written into a cell: give it a name at the top level of {module.path.name}"
    )


def _inlined(task: WorkflowTask, body: Body, given: Mapping[str, str], outputs: list[str]) -> str:
    is_dict = task.function.signature.style == "dict"
    if is_dict:
        words = ", ".join(f"{key!r}: {value}" for key, value in given.items())
        begins = {body.parameters[0]: f"{{{words}}}"}
    else:
        begins = {**{k: v for k, v in body.defaults.items() if k not in given}, **given}
    results = body.results(task.function.outputs, is_dict=is_dict) or []
    ends = dict(zip(outputs, results, strict=True))
    code = "\n".join(part for part in (body.text, _assignments(ends)) if part)
    plain = {name: value for name, value in begins.items() if name != value}
    text = "\n".join(part for part in (_assignments(plain), code) if part)
    # What the task changes in place is a copy of its own.
    changed = analyse_cell(text).mutates & begins.keys()
    own = _assignments(
        {name: begins[name] for name in begins if name in changed or name in plain}, keep=changed
    )
    return "\n".join(part for part in (own, code) if part)


def _assignments(values: Mapping[str, str], keep: frozenset[str] | set[str] = frozenset()) -> str:
    """Return code that gives names values, all of which are worked out before any is given."""
    values = {name: value for name, value in values.items() if name != value or name in keep}
    read = {
        node.id
        for value in values.values()
        for node in ast.walk(ast.parse(value, mode="eval"))
        if isinstance(node, ast.Name)
    }
    if len(values) > 1 and read & values.keys():
        together = ", ".join(f"({value})" if "," in value else value for value in values.values())
        return f"{', '.join(values)} = {together}"
    return "\n".join(f"{name} = {value}" for name, value in values.items())


def _called(
    task: WorkflowTask,
    node: ast.FunctionDef | ast.AsyncFunctionDef | None,
    given: Mapping[str, str],
    outputs: list[str],
    module: LoadedModule,
) -> str:
    """Return code that has the function itself, and calls it."""
    name = task.function.function.__name__
    parts = []
    if node is not None:
        lines = module.source.splitlines(keepends=True)
        decorators = [each for each in node.decorator_list if not is_task_decorator(each, module)]
        first = min([node.lineno, *(each.lineno for each in decorators)])
        source = dedented("".join(lines[first - 1 : node.end_lineno])).rstrip("\n")
        if not outputs:
            # A name of the cell's own: without outputs, all others would be given on.
            source = source.replace(f"def {name}(", f"def _{name}(", 1)
            name = f"_{name}"
        parts += [source, ""]
    if task.function.signature.style == "dict":
        words = "{" + ", ".join(f"{key!r}: {value}" for key, value in given.items()) + "}"
    else:
        words = ", ".join(f"{key}={value}" for key, value in given.items())
    wait = "await " if isinstance(node, ast.AsyncFunctionDef) else ""
    call = f"{wait}{name}({words})"
    names = task.function.outputs
    if not outputs:
        parts.append(call)
    elif task.function.signature.style == "dict":
        parts.append(f"_made = {call}")
        parts += [f"{to} = _made[{key!r}]" for to, key in zip(outputs, names, strict=True)]
    elif len(outputs) == 1:
        parts += [f"_made = {call}"]
        is_named = f"isinstance(_made, dict) and set(_made) == {{{names[0]!r}}}"
        parts += [f"{outputs[0]} = _made[{names[0]!r}] if {is_named} else _made"]
    else:
        parts += [f"_made = {call}"]
        picked = ", ".join(f"_made[{key!r}]" for key in names)
        parts += [f"{', '.join(outputs)} = ({picked}) if isinstance(_made, dict) else _made"]
    return "\n".join(parts)


def _line(task: WorkflowTask, name: str, outputs: list[str]) -> str:
    words = [shlex.quote(name)]
    if outputs:
        words += ["-o", ",".join(outputs)]
    for key, value in task.resources.as_dict().items():
        if value != Resources().as_dict().get(key):
            words += [f"--{key.replace('_', '-')}", _value(value)]
    options = task.options.options
    for each in fields(TaskOptions):
        value = getattr(options, each.name)
        if each.name == "env":
            for key, text in value:
                is_set = os.environ.get(key) == text
                words += ["--env", key if is_set else shlex.quote(f"{key}={text}")]
        elif value != each.default and each.name not in ("retry_on", "cache"):
            words += [f"--{each.name}", shlex.quote(_value(value))]
    if not options.cache:
        words.append("--no-cache")
    return " ".join(words)


def _value(value: Any) -> str:
    if isinstance(value, Deadline):
        if value.is_absolute:
            return datetime.fromtimestamp(value.seconds).isoformat()
        value = value.seconds
    if isinstance(value, tuple):
        return ",".join(value)
    is_whole = isinstance(value, float) and value == int(value)
    return str(int(value)) if is_whole else str(value)
