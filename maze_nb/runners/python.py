"""Tasks that are Python functions."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from maze_nb.artifacts.named import artifact_named
from maze_nb.runners.items import Gathered
from maze_nb.runners.outputs import match_outputs
from maze_nb.runners.references import NotMade, Reference, Secret, replace_nested
from maze_nb.wire.code import load_code, load_value
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import Source, TaskCall

_FUNCTIONS_KEPT = 256


class PythonRunner:
    """Calls functions; keeps the loaded ones, so that what they hold stays warm."""

    def __init__(self) -> None:
        self._functions: OrderedDict[tuple[str, str], Callable[..., Any]] = OrderedDict()
        self._lock = Lock()

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Call the function with its inputs and match what it returns to the outputs."""
        function = self._function(call, code, dependencies)
        inputs = bind_inputs(call, constants, dependencies)
        returned = function(inputs) if call.style == "dict" else function(**inputs)
        if inspect.iscoroutine(returned):
            returned = asyncio.run(returned)
        return match_outputs(returned, call.outputs, call.style, call.name)

    def forget(self) -> None:
        """Load all functions anew from now on."""
        with self._lock:
            self._functions.clear()

    def _function(
        self, call: TaskCall, code: bytes, dependencies: Sequence[Any]
    ) -> Callable[..., Any]:
        # The same code makes something else of other versions of the modules it imports.
        code_id = call.code_id, call.modules
        with self._lock:
            if code_id in self._functions:
                self._functions.move_to_end(code_id)
                return self._functions[code_id]
        function: Callable[..., Any] = load_code(
            code, lambda name: dependencies[-1 - call.values.index(name)].load()
        )
        with self._lock:
            self._functions[code_id] = function
            if len(self._functions) > _FUNCTIONS_KEPT:
                self._functions.popitem(last=False)
        return function


def bind_inputs(call: TaskCall, constants: bytes, dependencies: Sequence[Any]) -> dict[str, Any]:
    """Return the value of every input by name; constants are fresh copies for each call.

    What was not made, since a condition had its task skipped, is left out.
    """
    values: dict[str, Any] = load_value(constants) if constants else {}
    picker = _Picker(dependencies)
    if call.references or call.secrets:
        values = {name: _resolved(value, call, picker) for name, value in values.items()}
    found = {
        name: values[name] if source.dependency == -1 else picker.pick(source)
        for name, source in call.inputs.items()
    }
    if call.secrets:
        found.update(
            (name, _resolved(found[name], call, picker))
            for name, source in call.inputs.items()
            if source.output == SHARED_VALUE or source.dependency < -1
        )
    return {name: value for name, value in found.items() if not isinstance(value, NotMade)}


def _resolved(value: Any, call: TaskCall, picker: _Picker) -> Any:
    """Return a constant with the outputs that stand in it, or `NotMade` if one was not made."""
    missing: list[Any] = []

    def resolve(leaf: Any) -> Any:
        if isinstance(leaf, Secret):
            return os.environ[leaf.name]
        if not isinstance(leaf, Reference):
            return leaf
        picked = picker.pick(call.references[leaf.number])
        if isinstance(picked, NotMade):
            missing.append(picked)
        return picked

    found = replace_nested(value, resolve)
    return missing[0] if missing else found


class _Picker:
    """Picks values from what other tasks returned; unpacks each output once for all its readers."""

    def __init__(self, dependencies: Sequence[Any]) -> None:
        self._dependencies = dependencies
        self._unpacked: dict[tuple[int, str], Any] = {}

    def pick(self, source: Source) -> Any:
        found = self._pick(source)
        for other in source.others:
            if not isinstance(found, NotMade):
                break
            found = self._pick(other)
        return found

    def _pick(self, source: Source) -> Any:
        if source.dependency < -1:
            # Those behind all others: see `Kit.opened`.
            return self._dependencies[source.dependency + 1].load()
        held = self._dependencies[source.dependency]
        if source.output == SHARED_VALUE:
            return load_value(held)
        if source.output:
            found = self._output(source.dependency, source.output, held[source.output])
            if source.artifact is None or isinstance(found, NotMade):
                return found
            return artifact_named(found, *source.artifact)
        if type(held) is dict:
            return {
                name: self._output(source.dependency, name, value) for name, value in held.items()
            }
        return self._output(source.dependency, "", held)

    def _output(self, dependency: int, name: str, value: Any) -> Any:
        if not isinstance(value, Packed | Gathered):
            return value
        if (dependency, name) not in self._unpacked:
            found = value.load()
            # In a child process the list of what items made is packed itself.
            self._unpacked[dependency, name] = (
                found.load() if isinstance(found, Gathered) else found
            )
        return self._unpacked[dependency, name]


SHARED_VALUE = "\0shared"
"""Marks a source whose dependency is a large constant that tasks share, still as bytes."""
