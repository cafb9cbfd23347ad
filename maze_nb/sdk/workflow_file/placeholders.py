"""What commands and containers run, with names of inputs in braces in place of references."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from maze_nb.runners.recipe import text_of
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.references import Known, Ref, Template
from maze_nb.sdk.workflow_file.tasks import TaskPlan

_IN_BRACES = re.compile(r"(?<![\\$])((?:\\\\)*)\{([A-Za-z_]\w*)\}")
_BACKSLASHES = re.compile(r"\\*\Z")
_PLAIN = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 60
_Part = str | Ref | Known


@dataclass(slots=True)
class Placeholders:
    """Writes what one task runs, and notes what is wrong with it.

    Attributes
    ----------
    items
        The inputs that take items of lists, by what the file calls these.
    path
        Where in the file it stands.
    inputs
        The inputs that it takes beside those of the file.
    """

    plan: TaskPlan
    items: Mapping[str, str]
    problems: Problems
    path: str
    inputs: dict[str, Node] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)

    def line(self, node: Node) -> str:
        """Return a text for a shell."""
        parts = _parts(node)
        for before, part in pairwise(parts):
            if isinstance(before, str) and len(_BACKSLASHES.findall(before)[0]) % 2:
                what = f"a \\ stands before {_told(part)}, which no shell would replace then"
                self.problems.add(node.place, self.path, f"{what}: leave it out, or write two")
        return "".join(self._written(part, node) for part in parts)

    def words(self, node: Node) -> tuple[str, ...]:
        """Return a list of words, which no shell reads."""
        return tuple(self._word(each) for each in node.value)

    def as_written(self, message: str) -> str:
        """Return a message about placeholders as one about what stands in the file."""
        for name, told in self._told.items():
            message = message.replace(f"{{{{{name}}}}}", f"$${told[1:]}")
            message = message.replace(f"{{{name}}}", told)
        return message

    def _word(self, node: Node) -> str:
        parts = list(_apart(_parts(node)))
        return "".join(self._written(part, node) for part in parts)

    def _written(self, part: _Part, node: Node) -> str:
        if isinstance(part, str):
            return escaped(part)
        name = self._direct(part) if isinstance(part, Ref) else None
        if name is None:
            name = self._own(part, node)
        self._told[name] = _told(part)
        return f"{{{name}}}"

    def _own(self, part: Ref | Known, node: Node) -> str:
        """Return an input of its own with what a part means; what is said again is the same one."""
        value = text_of(part.value) if isinstance(part, Known) else Template((part,))
        for name, known in self.inputs.items():
            if _meaning(known.value) == _meaning(value):
                return name
        name = wanted = _called(part)
        number = 1
        while name in self._taken():
            number += 1
            name = f"{wanted}_{number}"
        self.inputs[name] = Node(value, node.place)
        return name

    def _taken(self) -> set[str]:
        section = self.plan.get("inputs")
        given = [str(name) for name, _ in section.items()] if section is not None else []
        return {*given, *self.items.values(), *self.inputs}

    def _direct(self, ref: Ref) -> str | None:
        """Return the input that a reference means as it is, None if it takes one of its own."""
        name = None
        if ref.root == "inputs" and len(ref.path) == 1:
            name = str(ref.path[0])
        elif ref.root == "item" and "" in self.items:
            name = None if ref.path else self.items[""]
        elif ref.root == "item" and len(ref.path) == 1:
            name = self.items.get(str(ref.path[0]))
        return name if name and name.isascii() and name.isidentifier() else None


def escaped(text: str) -> str:
    """Return a text so that what stands in braces in it stays as it is.

    Examples
    --------
    >>> escaped("awk '{print}' {1..3} ${HOME}")
    "awk '{{print}}' {1..3} ${HOME}"
    """
    return _IN_BRACES.sub(r"\1{{\2}}", text)


def shown(node: Node) -> str:
    """Return what is run as it stands in the file."""
    if node.is_list:
        return shlex.join(shown(each) for each in node.value)
    return "".join(part if isinstance(part, str) else _told(part) for part in _parts(node))


def _parts(node: Node) -> tuple[_Part, ...]:
    if isinstance(node.value, Template):
        return node.value.parts
    return (text_of(node.plain()),)


def _apart(parts: tuple[_Part, ...]) -> Iterator[_Part]:
    """Yield the parts of a word with backslashes before a reference as values of their own."""
    for at, part in enumerate(parts):
        slashes = _BACKSLASHES.findall(part)[0] if isinstance(part, str) else ""
        if isinstance(part, str) and slashes and at + 1 < len(parts):
            yield part[: -len(slashes)]
            yield Known(slashes)
        else:
            yield part


def _told(part: _Part) -> str:
    if isinstance(part, Ref):
        return part.told
    return text_of(part.value) if isinstance(part, Known) else part


def _called(part: Ref | Known) -> str:
    """Return a name for what a part means: ``load_rows_0`` for ``${load.rows[0]}``."""
    steps = (part.root, *part.path) if isinstance(part, Ref) else ("value",)
    name = _PLAIN.sub("_", "_".join(map(str, steps)))[:_LONGEST].strip("_")
    return name if name.isidentifier() else f"value_{name}".rstrip("_")


def _meaning(value: str | Template) -> object:
    ref = value.whole if isinstance(value, Template) else None
    return value if ref is None else (ref.root, ref.path)
