"""A file with its parameters put in place: what is left of references is known only in the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError, nearest
from maze_nb.runners.recipe import part_of, text_of
from maze_nb.sdk.workflow_file.node import Node, below, node_of
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.references import Known, Ref, Template, parse_text

PARAMETERS = "parameters"
WORKFLOW = "workflow"
ROOTS = (PARAMETERS, WORKFLOW, "item", "inputs", "secrets", "file")
"""What references can begin with beside the names of tasks, which no task may have therefore."""


WRONG = Template(())
"""Stands for a text of which it was said already what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Settling:
    """What is known of a file before its run.

    ``workflow`` has what ``${workflow.…}`` means.
    """

    parameters: Mapping[str, Node]
    workflow: Mapping[str, str]
    problems: Problems

    def settle(self, node: Node, path: str = "") -> Node:
        """Return a value with what is known in place of references to it."""
        if node.is_dict:
            made = {key: self.settle(each, below(path, key)) for key, each in node.items()}
            return Node(made, node.place, node.keys, node.size)
        if node.is_list:
            items = [self.settle(each, f"{path}[{i}]") for i, each in enumerate(node.value)]
            return Node(items, node.place, size=node.size)
        if not isinstance(node.value, str) or "${" not in node.value:
            return node
        try:
            found = parse_text(node.value)
        except InputError as error:
            self.problems.add(node.place, path, str(error))
            return Node(WRONG, node.place)
        if isinstance(found, str):
            return Node(found, node.place)
        return self._put(found, node, path)

    def _put(self, found: Template, node: Node, path: str) -> Node:
        parts = tuple(self._known(part, node, path) for part in found.parts)
        if any(part is None for part in parts):
            return Node(WRONG, node.place)
        if len(parts) == 1 and isinstance(parts[0], Known):
            return node_of(parts[0].value, node.place)
        # For a shell, what comes from elsewhere stays apart from what is written there.
        is_line = path.endswith(".command")
        if any(isinstance(part, Ref) or (is_line and isinstance(part, Known)) for part in parts):
            return Node(Template(tuple(part for part in parts if part is not None)), node.place)
        text = "".join(
            text_of(part.value) if isinstance(part, Known) else str(part) for part in parts
        )
        return Node(text, node.place)

    def _known(self, part: str | Ref | Known, node: Node, path: str) -> str | Ref | Known | None:
        """Return what is known for a reference, else the reference; None if it is wrong."""
        if not isinstance(part, Ref) or part.root not in (PARAMETERS, WORKFLOW):
            return part
        is_parameter = part.root == PARAMETERS
        known: Mapping[str, Any] = self.parameters if is_parameter else self.workflow
        name = part.path[0] if part.path else ""
        if name not in known:
            what = f"no parameter is called {name!r}" if is_parameter else f"it has no {name!r}"
            self.problems.add(node.place, path, f"{part.told}: {what}: {nearest(str(name), known)}")
            return None
        value = self.parameters[str(name)].plain() if is_parameter else known[str(name)]
        try:
            return Known(part_of(value, part.path[1:], part.told))
        except InputError as error:
            self.problems.add(node.place, path, str(error))
            return None
