"""Commands of a file as task functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from maze_nb.artifacts.automatic import AUTOMATIC
from maze_nb.errors import InputError, WorkflowError, nearest
from maze_nb.model.resources import Resources
from maze_nb.runners.collecting import check_pattern, is_pattern
from maze_nb.runners.commands.command import ALWAYS, Command, Form
from maze_nb.runners.commands.shell_text import placeholders, shell_text
from maze_nb.sdk.command import FORMS, check_limit
from maze_nb.sdk.program import BASE
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.placeholders import Placeholders, escaped, shown
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.tasks import TaskPlan

_PATH = "path"


@dataclass(frozen=True, slots=True)
class CommandPlan:
    """A command, the outputs that the file asks for, and inputs beside those that it names."""

    command: Command
    outputs: tuple[str, ...]
    inputs: dict[str, Node]

    def function(self, inputs: Sequence[str], recipes: Mapping[str, Any]) -> TaskFunction:
        """Return it as the function of a task with these inputs."""
        names = tuple(inputs)
        made = replace(
            self.command, inputs=names, recipes=tuple(recipes.items()), is_inline=bool(names)
        )
        return TaskFunction(made, Signature("dict", names, self.outputs), Resources(), BASE)


def read_command(
    plan: TaskPlan, folder: Path, items: Mapping[str, str], problems: Problems
) -> CommandPlan | None:
    """Return the command of a task, None if something is wrong with it, which is noted then.

    Parameters
    ----------
    items
        The inputs that take items of lists, by what the file calls these.
    """
    before = len(problems)
    node = plan.node.value["command"]
    writer = Placeholders(plan, items, problems, f"{plan.path}.command")
    text = _text(node, writer)
    outputs, files, contents = _outputs(plan, problems)
    cwd = plan.get("cwd")
    limits = _limits(plan, problems)
    if len(problems) > before:
        return None
    made = Command(
        plan.name,
        text,
        files=tuple(files.items()),
        folder=escaped(str((folder / str(cwd.value)).resolve())) if cwd is not None else "",
        limits=limits,
        contents=tuple(contents.items()),
        told=told if (told := shown(node)) != text else "",
    )
    return CommandPlan(made, outputs, writer.inputs)


def _text(node: Node, writer: Placeholders) -> str | tuple[str, ...]:
    problems, path = writer.problems, writer.path
    if node.is_list:
        if not node.value:
            problems.add(node.place, path, "is empty: give a program, and its arguments")
        return writer.words(node)
    if isinstance(node.value, str) and not node.value.strip():
        problems.add(node.place, path, "is empty: give a line for the shell")
    text = writer.line(node)
    try:
        shell_text(text, dict.fromkeys(placeholders(text), ""))
    except InputError as error:
        problems.add(node.place, path, writer.as_written(str(error)))
    return text


def _outputs(
    plan: TaskPlan, problems: Problems
) -> tuple[tuple[str, ...], dict[str, str], dict[str, Form]]:
    """Return the outputs that are asked for, the files among them, and what of them is read."""
    section, path = plan.get("outputs"), f"{plan.path}.outputs"
    files: dict[str, str] = {}
    contents: dict[str, Form] = {}
    if section is None:
        return ALWAYS, files, contents
    if section.is_list:
        for node in section.value:
            if node.value not in ALWAYS:
                example = f"write outputs: {{{node.value}: FILE}} for a file that it leaves"
                what = f"{node.value!r} is nothing that a command makes by itself: {example}"
                problems.add(node.place, path, f"{what}; {nearest(str(node.value), ALWAYS)}")
        return tuple(dict.fromkeys(node.value for node in section.value)), files, contents
    for name, node in section.items():
        form, file = _form(node)
        try:
            files[name] = _file(name, form, file, plan)
        except InputError as error:
            problems.add(node.place, f"{path}.{name}", str(error))
        contents.update((name, each) for each in FORMS if each == form)
    return (*ALWAYS, *files), files, contents


def _form(node: Node) -> tuple[str, Any]:
    """Return what an output is of which file: the file itself, as path, or what is in it."""
    if not node.is_dict:
        return _PATH, node.value
    given = [
        each for each in (_PATH, *FORMS) if (said := node.get(each)) and said.value is not None
    ]
    return (given[0], node.value[given[0]].value) if len(given) == 1 else ("", None)


def _file(name: str, form: str, file: Any, plan: TaskPlan) -> str:
    """Return the pattern of an output; InputError if it can be none."""
    if not form:
        raise InputError(f"takes one of {', '.join((_PATH, *FORMS))}")
    if name in ALWAYS or name in AUTOMATIC:
        raise InputError(f"every command has an output {name!r} already")
    pattern = check_pattern(str(file), name, f"task {plan.name!r}")
    if form != _PATH and is_pattern(pattern):
        raise InputError(f"{file!r} is a pattern: as {form} only one is read")
    return pattern


def _limits(plan: TaskPlan, problems: Problems) -> tuple[tuple[str, int], ...]:
    section = plan.get("limits")
    found = []
    for name, node in section.items() if section is not None else ():
        if node.value is None:
            continue
        try:
            check_limit(name, node.value, f"task {plan.name!r}")
            found.append((name, node.value))
        except WorkflowError as error:
            problems.add(node.place, f"{plan.path}.limits.{name}", str(error))
    return tuple(found)
