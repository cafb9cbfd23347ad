"""The values of inputs as the SDK takes them, and the recipes for what only a worker can make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FolderPath
from typing import Any

from maze_nb.artifacts.automatic import ARTIFACTS, AUTOMATIC
from maze_nb.artifacts.file_input import FileInput
from maze_nb.errors import InputError, nearest
from maze_nb.runners.recipe import Joined, Part, Path, text_of
from maze_nb.runners.references import Secret
from maze_nb.sdk.workflow_file.node import Node
from maze_nb.sdk.workflow_file.references import Known, Ref, Template
from maze_nb.sdk.workflow_file.settled import ROOTS
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask

RESULT = "result"


class WrongItselfError(InputError):
    """A reference to a task of which it was said already that it is wrong."""


@dataclass(frozen=True, slots=True)
class Value:
    """What an input is given, and how its value is made of that; None: it is the value itself."""

    given: Any
    recipe: Any = None


@dataclass(slots=True)
class Values:
    """Makes the values of one task.

    Attributes
    ----------
    tasks
        The tasks that are in the workflow by now, by name; None stands for one that is wrong.
    items
        The inputs that have items of lists, by what is said for them: an empty path for ``item``.
    folder
        Where the files are that are named without a folder.
    """

    tasks: Mapping[str, WorkflowTask | None]
    items: Mapping[str, str] = field(default_factory=dict)
    folder: FolderPath = FolderPath()

    def make(self, node: Node) -> Value:
        """Return what an input is given for a value of the file.

        Raises
        ------
        InputError
            If a reference in it is to something that is not there.
        """
        if not _has_templates(node):
            return Value(node.plain())
        if all(self._is_native(each.value) for _, each in node.leaves()):
            return Value(self._walk(node, self._native))
        gathered = _Gathered()
        recipe = self._walk(node, lambda template: self._recipe(template, gathered))
        return Value(gathered.given, recipe)

    def check(self, ref: Ref) -> None:
        """Raise InputError if a reference is to something that is not there."""
        if ref.root == "item":
            self._item(ref)
        elif ref.root == "file":
            self._check_file(ref)
        elif ref.root not in ROOTS:
            self.output(ref)

    def _check_file(self, ref: Ref) -> None:
        path = self.folder / str(ref.path[0])
        try:
            is_file, is_folder = path.is_file(), path.is_dir()
        except OSError as error:
            raise InputError(f"{ref.told}: {error.strerror}") from error
        if is_folder:
            raise InputError(f"{ref.told} is a folder ({path}): pack it, or give its files")
        if not is_file:
            raise InputError(f"{ref.told}: no file is at {path}, as seen from the workflow file")

    def output(self, ref: Ref) -> tuple[Any, Path]:
        """Return what a reference to a task means: one of its outputs, or all, and a path."""
        task = self.tasks.get(ref.root)
        if task is None:
            raise WrongItselfError(f"{ref.told}: task {ref.root!r} is wrong itself")
        known = task.function.outputs
        path = ref.path
        if (automatic := _automatic(task, path)) is not None:
            return automatic, ()
        if path[:1] == (RESULT,) and RESULT not in known:
            path = path[1:]
            if not path:
                return {name: task.outputs[name] for name in known}, ()
        if not path:
            example = f"${{{ref.root}.{known[0]}}}" if known else "another task"
            raise InputError(f"{ref.told} is a task itself: give one of its outputs, {example}")
        if path[0] not in known:
            part = ref.told.replace(f"{ref.root}.", f"{ref.root}.{RESULT}.", 1)
            hint = f"for a part of its result write {part}"
            if known != (RESULT,):
                hint = nearest(str(path[0]), known)
            raise InputError(f"{ref.told}: task {ref.root!r} has no output {path[0]!r}: {hint}")
        return task.outputs[str(path[0])], path[1:]

    def _is_native(self, value: Any) -> bool:
        """Tell whether the SDK takes something as it is, without a recipe."""
        if not isinstance(value, Template):
            return True
        ref = value.whole
        if ref is None or ref.root in ("item", "inputs"):
            return False
        return ref.root in ("secrets", "file") or not self.output(ref)[1]

    def _native(self, template: Template) -> Any:
        ref = template.whole
        assert ref is not None
        return self._outside(ref) or self.output(ref)[0]

    def _outside(self, ref: Ref) -> Secret | FileInput | None:
        """Return what a reference means that is neither of a task nor in the file."""
        if ref.root == "secrets":
            return Secret(str(ref.path[0]))
        return FileInput(self.folder / str(ref.path[0])) if ref.root == "file" else None

    def _recipe(self, template: Template, gathered: _Gathered) -> Any:
        parts = tuple(self._part(part, gathered) for part in template.parts)
        return parts[0] if template.whole is not None else Joined(parts)

    def _part(self, part: str | Ref | Known, gathered: _Gathered) -> Any:
        if not isinstance(part, Ref):
            return part if isinstance(part, str) else text_of(part.value)
        outside = self._outside(part)
        if outside is not None:
            return Part(gathered.position(outside, part), (), part.told)
        if part.root == "inputs":
            return Part(str(part.path[0]), part.path[1:], part.told)
        if part.root == "item":
            return self._item(part)
        source, path = self.output(part)
        return Part(gathered.position(source, part), path, part.told)

    def _item(self, ref: Ref) -> Part:
        if "" in self.items:
            return Part(self.items[""], ref.path, ref.told)
        name = str(ref.path[0]) if ref.path else ""
        if name not in self.items:
            raise InputError(f"{ref.told}: foreach has no {name!r}: {nearest(name, self.items)}")
        return Part(self.items[name], ref.path[1:], ref.told)

    def _walk(self, node: Node, replace: Callable[[Template], Any]) -> Any:
        if node.is_dict:
            return {key: self._walk(each, replace) for key, each in node.items()}
        if node.is_list:
            return [self._walk(each, replace) for each in node.value]
        return replace(node.value) if isinstance(node.value, Template) else node.value


@dataclass(slots=True)
class _Gathered:
    """What an input is given for its recipe, each thing once."""

    given: list[Any] = field(default_factory=list)
    _known: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def position(self, source: Any, ref: Ref) -> int:
        name = source.name if isinstance(source, OutputReference | Secret) else ""
        artifact = source.artifact if isinstance(source, OutputReference) else ""
        if isinstance(source, FileInput):
            name = str(source.path)
        key = ref.root, name, artifact
        if key not in self._known:
            self._known[key] = len(self.given)
            self.given.append(source)
        return self._known[key]


def _automatic(task: WorkflowTask, path: Path) -> OutputReference | None:
    """Return what a path means that is of the files which every task leaves; None for others.

    ``artifacts.model.tar.gz`` is one file, as most names have dots.
    """
    name, *rest = (path[1:] if path[:1] == (RESULT,) else path) or ("",)
    if name not in AUTOMATIC or name in task.function.outputs:
        return None
    found = task.outputs[str(name)]
    if rest and name != ARTIFACTS:
        return None
    return found[".".join(map(str, rest))] if rest else found


def _has_templates(node: Node) -> bool:
    return any(isinstance(each.value, Template) for _, each in node.leaves())
