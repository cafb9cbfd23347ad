"""Containers of a file as task functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.sdk.container import container
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_file.node import Node, below
from maze_nb.sdk.workflow_file.placeholders import Placeholders, escaped
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.references import Template
from maze_nb.sdk.workflow_file.tasks import TaskPlan


@dataclass(frozen=True, slots=True)
class ContainerWords:
    """What a container runs, with the names of inputs in braces, and how they are written."""

    command: str | tuple[str, ...] | None
    writer: Placeholders


def container_words(plan: TaskPlan, items: Mapping[str, str], problems: Problems) -> ContainerWords:
    """Return what the container of a task runs; what is wrong with it is noted.

    Parameters
    ----------
    items
        The inputs that take items of lists, by what the file calls these.
    """
    path = below(plan.path, "container.command")
    writer = Placeholders(plan, items, problems, path)
    node = plan.node.value["container"].get("command")
    if node is None or node.value is None:
        return ContainerWords(None, writer)
    for _, leaf in node.leaves():
        for ref in leaf.value.refs() if isinstance(leaf.value, Template) else ():
            if ref.root == "inputs" and len(ref.path) > 1:
                what = f"{ref.told}: a container is given whole inputs: name the part under inputs"
                problems.add(leaf.place, path, what)
    command = writer.words(node) if node.is_list else writer.line(node)
    return ContainerWords(command, writer)


def container_function(
    plan: TaskPlan, words: ContainerWords, inputs: tuple[str, ...], problems: Problems
) -> TaskFunction | None:
    """Return the container of a task as a task function, None if it is wrong, which is noted."""
    section, outputs = plan.node.value["container"], plan.get("outputs")
    entry = section.plain() if section.is_dict else {"image": section.value}
    given = {word: value for word, value in entry.items() if value is not None}
    env = (plan.node.get("options") or Node({}, plan.place)).get("env")
    if env is not None and env.value is not None:
        given["env"] = {name: escaped(str(value)) for name, value in env.plain().items()}
    files: dict[str, Any] = {}
    if outputs is not None and not outputs.is_dict:
        path = f"{plan.path}.outputs"
        problems.add(outputs.place, path, "has to be a dict of the files that a container leaves")
        return None
    for name, each in outputs.items() if outputs is not None else ():
        files[name] = each.value
        if each.is_dict:
            what = "has to be the name or pattern of files, as in logs/*.txt, of a container"
            problems.add(each.place, f"{plan.path}.outputs.{name}", what)
            return None
    try:
        return container(
            **{**given, "command": words.command}, inputs=inputs, outputs=files, name=plan.name
        )
    except MazeError as error:
        message = words.writer.as_written(str(error))
        problems.add(section.place, f"{plan.path}.container", message)
        return None
