"""The code and the values of one workflow as bytes, each packed once."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable
from typing import Any

from maze_nb.sdk.function_code import dump_function
from maze_nb.sdk.modules import ModuleSearch
from maze_nb.sdk.values import is_large, keep_packed, keep_value
from maze_nb.sdk.workflow_task import WorkflowTask
from maze_nb.wire.code import dump_value
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.packed import Packed

SHARED_FROM = 2**16
"""What has this many bytes or more is put into the graph once for all that read it."""
_REFERS = pickle.STACK_GLOBAL
"""Stands in each pickle that refers to code."""


class Packing:
    """Packs what tasks are called with; remembers what it has packed already.

    Attributes
    ----------
    modules
        Gathers the local modules that the packed code needs.
    kept
        The names of the files with large values, in the order in which they were first read.
    """

    def __init__(self) -> None:
        self.modules = ModuleSearch()
        self.kept: dict[str, None] = {}
        self._code: dict[int, tuple[str, bytes, tuple[KeptValue, ...]]] = {}
        self._packed: dict[int, tuple[Any, bytes | KeptValue]] = {}

    def code(self, task: WorkflowTask) -> tuple[str, bytes, tuple[KeptValue, ...]]:
        """Return the digest that names the function of a task, it, and the large values it reads.

        Those of its inputs are not among them.
        """
        function = task.function.function
        if id(function) not in self._code:
            data, large = dump_function(function, f"the function of task {task.name!r}")
            self.modules.look_into(data)
            self.modules.look_into_function(function)
            for value in large:
                self._note_kept(value)
            self._code[id(function)] = (hashlib.sha256(data).hexdigest(), data, large)
        return self._code[id(function)]

    def constants(self, task: WorkflowTask, values: dict[str, Any]) -> bytes:
        """Return the small values that a task is called with; nothing if there are none."""
        if not values:
            return b""
        data = dump_value(values, f"the inputs of task {task.name!r}")
        self._note_code_in(data)
        return data

    def items(self, values: Iterable[object], what: str) -> list[bytes]:
        """Return the items of a list as bytes each, so that none has to be unpacked for another.

        An item that stands there several times is the same bytes.

        Parameters
        ----------
        what
            Names the list in an error.

        Raises
        ------
        SerializationError
            If one of them cannot be pickled.
        """
        there = list(values)  # an id is only its object's own while that is there
        known: dict[int, bytes] = {}
        for index, value in enumerate(there):
            if id(value) not in known:
                known[id(value)] = dump_value(value, f"item {index} of {what}")
                self._note_code_in(known[id(value)])
        return [known[id(value)] for value in there]

    def shared(self, value: Any, what: str) -> KeptValue | bytes | None:
        """Return a large value in the form in which several tasks have it; None for a small one."""
        found = self._large(value, what)
        if isinstance(found, KeptValue):
            self._note_kept(found)
        return found

    def retry_types(self, task: WorkflowTask) -> bytes:
        """Return the exception types after which a task is tried again; nothing for any."""
        types = task.options.retry_types
        return dump_value(types, f"retry_on of task {task.name!r}") if types else b""

    def _large(self, value: Any, what: str) -> KeptValue | bytes | None:
        if isinstance(value, KeptValue):
            return value
        known = self._packed.get(id(value))
        if known is not None:
            return known[1]
        found: KeptValue | bytes | None = keep_value(value, what) if is_large(value) else None
        if found is None:
            data = dump_value(value, what)
            if len(data) < SHARED_FROM:
                return None
            found = keep_packed(Packed(data), value) or data
        self._packed[id(value)] = value, found
        return found

    def _note_kept(self, value: KeptValue) -> None:
        self.kept[value.name] = None
        self.modules.add(value.modules)

    def _note_code_in(self, data: bytes) -> None:
        if _REFERS in data:
            self.modules.look_into(data)
