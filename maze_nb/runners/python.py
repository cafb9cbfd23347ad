"""Tasks that are Python functions."""

from __future__ import annotations

import asyncio
import inspect
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from maze_nb.runners.outputs import match_outputs
from maze_nb.runners.references import Reference, replace_nested
from maze_nb.wire.code import load_value
from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import Source, TaskCall

_FUNCTIONS_KEPT = 256


class PythonRunner:
    """Calls functions; keeps the loaded ones, so that what they hold stays warm."""

    def __init__(self) -> None:
        self._functions: OrderedDict[str, Callable[..., Any]] = OrderedDict()
        self._lock = Lock()

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Call the function with its inputs and match what it returns to the outputs."""
        function = self._function(call.code_id, code)
        inputs = bind_inputs(call, constants, dependencies)
        returned = function(inputs) if call.style == "dict" else function(**inputs)
        if inspect.iscoroutine(returned):
            returned = asyncio.run(returned)
        return match_outputs(returned, call.outputs, call.style, call.name)

    def _function(self, code_id: str, code: bytes) -> Callable[..., Any]:
        with self._lock:
            if code_id in self._functions:
                self._functions.move_to_end(code_id)
                return self._functions[code_id]
        function: Callable[..., Any] = load_value(code)
        with self._lock:
            self._functions[code_id] = function
            if len(self._functions) > _FUNCTIONS_KEPT:
                self._functions.popitem(last=False)
        return function


def bind_inputs(call: TaskCall, constants: bytes, dependencies: Sequence[Any]) -> dict[str, Any]:
    """Return the value of every input by name; constants are fresh copies for each call."""
    values: dict[str, Any] = load_value(constants) if constants else {}
    picker = _Picker(dependencies)

    def resolve(leaf: Any) -> Any:
        if isinstance(leaf, Reference):
            return picker.pick(call.references[leaf.number])
        return leaf

    if call.references:
        values = {name: replace_nested(value, resolve) for name, value in values.items()}
    return {
        name: values[name] if source.dependency < 0 else picker.pick(source)
        for name, source in call.inputs.items()
    }


class _Picker:
    """Picks values from what other tasks returned; unpacks each output once for all its readers."""

    def __init__(self, dependencies: Sequence[Any]) -> None:
        self._dependencies = dependencies
        self._unpacked: dict[tuple[int, str], Any] = {}

    def pick(self, source: Source) -> Any:
        held = self._dependencies[source.dependency]
        if source.output == SHARED_VALUE:
            return load_value(held)
        if source.output:
            return self._output(source.dependency, source.output, held[source.output])
        if type(held) is dict:
            return {
                name: self._output(source.dependency, name, value) for name, value in held.items()
            }
        return self._output(source.dependency, "", held)

    def _output(self, dependency: int, name: str, value: Any) -> Any:
        if not isinstance(value, Packed):
            return value
        if (dependency, name) not in self._unpacked:
            self._unpacked[dependency, name] = value.load()
        return self._unpacked[dependency, name]


SHARED_VALUE = "\0shared"
"""Marks a source whose dependency is a large constant that tasks share, still as bytes."""
