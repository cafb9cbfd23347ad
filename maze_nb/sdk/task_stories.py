"""What is told of the source and the inputs of tasks: gathered at submission, found later."""

from __future__ import annotations

import functools
import inspect
import reprlib
import textwrap
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PosixPath, WindowsPath
from typing import Any

import msgspec

from maze_nb.artifacts.file_input import FileInput
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.references import Secret
from maze_nb.sdk.shelf import Shelf
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask, references_in
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.task_story import TaskInput, TaskSource, TaskStories, TaskStory, decode_story
from maze_nb.worker.describe import summarise

SOURCE_CHARS = 60_000
"""How long the source of one task may be."""
ALL_CHARS = 1_000_000
"""How long all sources of a workflow may be together, and all that is told of inputs."""
VALUE_CHARS = 120
_CALL_WIDTH = 88
_TOLD_WHOLE = (bool, float, complex, type(None), range, slice, PosixPath, WindowsPath)
_SORTED = 1000


def task_stories(tasks: Iterable[WorkflowTask]) -> TaskStories:
    """Return what is told of the tasks of a workflow, within bounds however many there are."""
    sources, texts = _Sources(), _Texts()
    inputs: dict[str, tuple[TaskInput, ...]] = {}
    source_of: dict[str, int] = {}
    for task in tasks:
        at = sources.position(task.function)
        if at is not None:
            source_of[task.task_id] = at
        if texts.has_room and task.inputs:
            inputs[task.task_id] = tuple(texts.inputs(task))
    return TaskStories(tuple(sources.found), source_of, inputs)


def find_story(call: Callable[..., Any], run_id: str, task_id: str) -> TaskStory:
    """Return what was told of a task, from this machine or else by asking the scheduler.

    Parameters
    ----------
    call
        Calls an operation of the scheduler.
    """
    here = Shelf().story(run_id, task_id)
    if here is not None:
        return here
    return decode_story(call("maze_story", run_id=run_id, task_id=task_id))


def source_of(function: TaskFunction) -> TaskSource | None:
    """Return the source of a task's function, None if it is not known."""
    inner: Callable[..., Any] = function.function
    while isinstance(inner, functools.partial):
        inner = inner.func
    if isinstance(inner, CellFunction):
        return TaskSource(inner.text, cell=inner.name)
    if hasattr(type(inner), "TASK_KIND") and hasattr(inner, "source"):
        return TaskSource(inner.source(), cell="")
    try:
        inner = inspect.unwrap(inner)
        lines, line = inspect.getsourcelines(inner)
        file = inspect.getsourcefile(inner) or ""
    except (OSError, TypeError, ValueError, SyntaxError):
        return None
    text = textwrap.dedent("".join(lines)).rstrip()
    # What was run in a notebook has a name that looks like a file's, and no file.
    place = file if Path(file).is_file() else ""
    return TaskSource(text, place, line if place else 0, call=_call(function))


def value_text(value: Any) -> str:
    """Return a value in a few characters, without its own ``repr``, which may do anything."""
    try:
        return _SHORT.repr(value)[:VALUE_CHARS]
    except Exception:  # noqa: BLE001 - even numbers can be too long for a text
        return type(value).__qualname__


class _Sources:
    """Each text once, until there is no room for more."""

    def __init__(self) -> None:
        self.found: list[TaskSource] = []
        self._known: dict[Any, int | None] = {}
        self._left = ALL_CHARS

    def position(self, function: TaskFunction) -> int | None:
        # A cell that was marked again is another object with the same text.
        key: tuple[Any, str] = (function.function, function.name)
        try:
            known = key in self._known
        except TypeError:
            key, known = (id(function.function), function.name), False
        if not known:
            self._known[key] = self._take(source_of(function))
        return self._known[key]

    def _take(self, source: TaskSource | None) -> int | None:
        if source is None or len(source.text) > min(SOURCE_CHARS, self._left):
            return None
        self._left -= len(source.text)
        self.found.append(source)
        return len(self.found) - 1


class _Texts:
    """What inputs are, until there is no room for more."""

    def __init__(self) -> None:
        self._left = ALL_CHARS

    @property
    def has_room(self) -> bool:
        return self._left > 0

    def inputs(self, task: WorkflowTask) -> Iterator[TaskInput]:
        for name, value in task.inputs.items():
            if not name.isidentifier():
                continue
            for each in _told(name, value):
                self._left -= len(each.name) + len(each.text) + len(each.task_id) + len(each.output)
                yield msgspec.structs.replace(each, is_each=name in task.over)


def _told(name: str, value: Any) -> Iterator[TaskInput]:
    if isinstance(value, OutputReference):
        yield TaskInput(
            name,
            f"artifacts[{value.artifact!r}]" if value.artifact else "",
            value.task.task_id,
            value.name,
        )
        return
    if type(value) in (bool, int, float, str, type(None)):
        yield TaskInput(name, value_text(value))
        return
    text = value_text(value)
    references = references_in(value)
    for reference in references:
        yield TaskInput(name, text, reference.task.task_id, reference.name)
    if not references:
        yield TaskInput(name, text)


def _call(function: TaskFunction) -> str:
    """Return the call of a function by the names of its inputs, such as ``fit(xs=xs, k=k)``."""
    given = [
        f"{name!r}: {name}" if function.signature.style == "dict" else f"{name}={name}"
        for name in function.inputs
    ]
    around = ("({", "})") if function.signature.style == "dict" else ("(", ")")
    called = getattr(function.function, "__name__", function.name)
    line = f"{called}{around[0]}{', '.join(given)}{around[1]}"
    if len(line) <= _CALL_WIDTH:
        return line
    inside = "".join(f"    {each},\n" for each in given)
    return f"{called}{around[0]}\n{inside}{around[1]}"


class _Short(reprlib.Repr):
    """Shortens what Python itself has; of all else it says what it is."""

    def repr_instance(self, value: Any, level: int) -> str:  # noqa: ARG002
        """Return what is said of a value of any other type."""
        if isinstance(value, KeptValue):
            return f"<{value.type_name}>"
        if isinstance(value, OutputReference | Secret | FileInput) or type(value) in _TOLD_WHOLE:
            return repr(value)
        if type(value) is bytes and len(value) <= VALUE_CHARS // 4:
            return repr(value)
        return f"<{summarise(value)}>"

    def repr_set(self, value: Any, level: int) -> str:
        """Return what is said of a set; to be cut it would be sorted first."""
        if len(value) > _SORTED:
            return f"<{summarise(value)}>"
        return super().repr_set(value, level)

    def repr_frozenset(self, value: Any, level: int) -> str:
        """Return what is said of a frozen set."""
        return self.repr_set(value, level)

    def repr_dict(self, value: Any, level: int) -> str:
        """Return what is said of a dict; to be cut it would be sorted first."""
        if len(value) > _SORTED:
            return f"<{summarise(value)}>"
        return super().repr_dict(value, level)


_SHORT = _Short()
_SHORT.maxstring = _SHORT.maxother = VALUE_CHARS
_SHORT.maxlong = 60
_SHORT.maxlevel = 3
