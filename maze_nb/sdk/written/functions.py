"""Task functions as a module has them: imported, or written with all that they look up."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from maze_nb.errors import InputError, WorkflowError
from maze_nb.model.resources import Resources
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.commands.command import Command
from maze_nb.runners.containers.container import Container
from maze_nb.sdk.program import BASE
from maze_nb.sdk.signature import Signature, read_signature
from maze_nb.sdk.task import as_task
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.written.commands import command_words, is_written
from maze_nb.sdk.written.containers import container_words
from maze_nb.sdk.written.names import ModuleNames, identifier
from maze_nb.sdk.written.reach import in_order, reached
from maze_nb.sdk.written.value import Written, written
from maze_nb.sdk.written.words import call_text, value_text


@dataclass(frozen=True, slots=True)
class Named:
    """A task function under a name of the module, and what the module knows of it."""

    label: str
    known: TaskFunction


@dataclass
class Functions:
    """The task functions of a module.

    Attributes
    ----------
    names
        What stands at the top of the module.
    texts
        Statements that make tasks of functions which are none yet.
    """

    names: ModuleNames
    texts: list[str] = field(default_factory=list)
    _made: list[tuple[TaskFunction, Named]] = field(default_factory=list)

    def named(self, function: TaskFunction, task: str) -> Named:
        """Return the name of a function; from now on the module has it.

        Parameters
        ----------
        task
            A task that calls it, for errors.

        Raises
        ------
        WorkflowError
            If it cannot be written.
        CellError
            If something that it looks up cannot be.
        """
        for made, named in self._made:
            if made.function is function.function and made.signature == function.signature:
                return named
        named = self._name(function, f"task {task!r}")
        self._made.append((function, named))
        return named

    def value(self, name: str, value: Any, reader: str) -> str:
        """Return a name for a value that is no literal; from now on the module has it."""
        found = written(name, value, reader, "")
        if found.kind == "import":
            own = found.text.split()[-1]
            if not self.names.can_import(own, found.text):
                raise WorkflowError(
                    f"{reader} reads {name!r}, but {own!r} means something else too"
                )
            self.names.add_import(found.text)
            return own
        if found.kind != "code":
            return self.names.constant(identifier(name), found)
        own = str(getattr(value, "__name__", name))
        self._define({own: value}, reader, _names_of(value))
        return own

    def _name(self, function: TaskFunction, reader: str) -> Named:
        inner = function.function
        if isinstance(inner, CellFunction):
            raise WorkflowError(f"{reader} is a cell of a notebook: %maze_export writes it as code")
        if isinstance(inner, Command) and is_written(inner):
            words = command_words(inner)
            return self._program("command", words, inner, function, reader)
        if isinstance(inner, Container):
            words = container_words(inner)
            return self._program("container", words, inner, function, reader)
        around = _names_of(inner)
        own = _global_name(inner, around)
        found = around.get(own) if own else None
        module = getattr(inner, "__module__", None)
        if own and module not in (None, "__main__") and _is_in(module, own, inner):
            statement = f"from {module} import {own}"
            if not self.names.can_import(own, statement):
                raise WorkflowError(
                    f"{reader} calls {own!r} of {module}, but {own!r} means something else too: "
                    f"give one of them another name"
                )
            self.names.add_import(statement)
        elif own:
            self._define({own: inner}, reader, around)
        else:
            own = self._elsewhere(inner, reader)
        if isinstance(found, TaskFunction) and found.signature == function.signature:
            return Named(own, found)
        return self._as_task(own, inner, function.signature)

    def _elsewhere(self, inner: Callable[..., Any], reader: str) -> str:
        """Return a name for a function that has none, such as one with some inputs bound."""
        name = getattr(inner, "__name__", "")
        if inspect.isfunction(inner):
            what = "a lambda" if name == "<lambda>" else f"the function {inner.__qualname__!r}"
            raise WorkflowError(
                f"{reader} calls {what}, which no module or cell has under a name: define it by "
                f"def at the top level"
            )
        return self.value(name or type(inner).__name__.lower(), inner, reader)

    def _as_task(self, own: str, inner: Callable[..., Any], signature: Signature) -> Named:
        """Have the module make a task of a function, with the inputs and outputs it has here."""
        label = self.names.new_function(f"{own}_task", ())
        words = [own, *_declared(inner, signature)]
        self.texts.append(call_text(f"{label} = task(", words, ")", 0))
        known = TaskFunction(inner, signature, as_task(inner).resources)
        return Named(label, known)

    def _program(
        self,
        kind: str,
        words: list[str],
        inner: Command | Container,
        function: TaskFunction,
        reader: str,
    ) -> Named:
        """Have the module make a command or a container."""
        statement = f"from maze_nb import {kind}"
        if not self.names.can_import(kind, statement):
            raise WorkflowError(
                f"{reader} is a {kind}, but the module calls something else {kind!r} too: give "
                f"that another name"
            )
        self.names.add_import(statement)
        label = self.names.new_function(identifier(inner.name), ())
        self.texts.append(call_text(f"{label} = {kind}(", words, ")", 0))
        return Named(label, TaskFunction(inner, function.signature, Resources(), BASE))

    def _define(self, wanted: Mapping[str, Any], reader: str, around: Mapping[str, Any]) -> None:
        """Have the module define functions and classes, with all that they look up."""

        def write(name: str, value: Any) -> Written:
            inner = value.function if isinstance(value, TaskFunction) else value
            return written(name, inner, reader, _source(inner))

        defaults: dict[str, Any] = {}
        found = reached(wanted, wanted, ChainMap(defaults, {**around, **wanted}), defaults, write)
        for name in in_order(found):
            self._put(name, found[name], reader)

    def _put(self, name: str, found: Written, reader: str) -> None:
        if found.kind == "import":
            is_free = self.names.can_import(name, found.text)
            self.names.add_import(found.text)
        else:
            is_free = self.names.can_define(name, found)
            place = self.names.code if found.kind == "code" else self.names.constants
            place[name] = found
        if not is_free:
            raise WorkflowError(
                f"{reader} reads {name!r}, which means something else in another function: give "
                f"one of them another name"
            )


def _names_of(inner: Any) -> Mapping[str, Any]:
    """Return the names that a function looks up around it."""
    found = inspect.unwrap(inner) if callable(inner) else inner
    if inspect.isfunction(found):
        return found.__globals__
    module = sys.modules.get(getattr(found, "__module__", None) or "")
    return {} if module is None else vars(module)


def _global_name(inner: Callable[..., Any], around: Mapping[str, Any]) -> str:
    """Return under which name a function is known where it is defined; empty if it is not."""

    def means(value: Any) -> bool:
        return value is inner or (isinstance(value, TaskFunction) and value.function is inner)

    own = getattr(inner, "__name__", "")
    if own in around and means(around[own]):
        return str(own)
    return next((name for name, value in around.items() if means(value)), "")


def _is_in(module: str | None, name: str, inner: Callable[..., Any]) -> bool:
    try:
        found = getattr(importlib.import_module(str(module)), name, None)
    except Exception:  # noqa: BLE001 - a module that cannot be imported has nothing to import
        return False
    return found is inner or (isinstance(found, TaskFunction) and found.function is inner)


def _declared(inner: Callable[..., Any], signature: Signature) -> list[str]:
    """Return the words by which ``task`` gives a function this signature."""
    for inputs, outputs in (
        (None, None),
        (None, signature.outputs),
        (signature.inputs, signature.outputs),
    ):
        try:
            if read_signature(inner, inputs, outputs) == signature:
                words = [] if inputs is None else [f"inputs={value_text(inputs)}"]
                return words + ([] if outputs is None else [f"outputs={value_text(outputs)}"])
        except InputError:
            continue
    raise WorkflowError(
        f"the inputs {', '.join(signature.inputs)} of {getattr(inner, '__name__', inner)!r} cannot "
        f"be written: say inputs=[…] and outputs=[…] in its @task(…)"
    )


def _source(value: Any) -> str:
    try:
        return inspect.getsource(value) if inspect.isfunction(value) else ""
    except (OSError, TypeError):
        return ""
