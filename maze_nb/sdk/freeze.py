"""A workflow frozen for one run: what the scheduler is told, and the Dask graph."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dask._task_spec import DataNode, GraphNode, Task, TaskRef

from maze_nb.errors import InputError
from maze_nb.model.graph import Graph
from maze_nb.model.parse_options import check_deadline
from maze_nb.model.task_spec import TaskSpec
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.python import SHARED_VALUE
from maze_nb.runners.references import Reference, replace_nested
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference, WorkflowTask
from maze_nb.wire.code import dump_value
from maze_nb.wire.keys import DaskKey, part_key, task_key, value_key
from maze_nb.wire.submission import CacheParts
from maze_nb.wire.task_call import Limits, Source, TaskCall, encode
from maze_nb.worker.execute import drop_outputs, execute_task, pick_output

SHARED_FROM = 2**16
"""Constants of this many bytes or more are put into the graph once for all that read them."""


@dataclass(slots=True)
class Frozen:
    """A copy of a workflow that nothing changes any more.

    ``cached`` has, by task id, what the outputs depend on that may come from the result cache.
    """

    run_id: str
    graph: Graph
    nodes: dict[DaskKey, GraphNode] = field(default_factory=dict)
    cached: dict[str, CacheParts] = field(default_factory=dict)

    @property
    def keys(self) -> list[DaskKey]:
        """The Dask keys of the tasks."""
        return [task_key(task.name, self.run_id, task.task_id) for task in self.graph.tasks]


def freeze(workflow: WorkflowGraph, run_id: str, *, cache: bool | None = None) -> Frozen:
    """Return a frozen copy of a workflow.

    Parameters
    ----------
    cache
        Whether the outputs of all tasks, or of none, may come from the result cache; None: of
        those that say so.

    Raises
    ------
    InputError
        If an input of a task has no value.
    OptionError
        If the deadline of a task has passed.
    SerializationError
        If a function or a value cannot be pickled.
    """
    frozen = Frozen(run_id, workflow.graph())
    freezer = _Freezer(frozen)
    before = workflow.order_edges()
    for task in workflow.get_tasks():
        freezer.add(task, before.get(task.task_id, []))
    frozen.cached = cached_parts(workflow, cache)
    return frozen


def cached_parts(workflow: WorkflowGraph, cache: bool | None) -> dict[str, CacheParts]:
    """Return, by task id, what the outputs of cached tasks depend on; `cache` as in `freeze`."""
    wanted = [
        task
        for task in workflow.get_tasks()
        if (task.options.options.cache if cache is None else cache)
    ]
    if not wanted:
        return {}
    from maze_nb.sdk.fingerprint import Fingerprints

    fingerprints = Fingerprints()
    return {task.task_id: fingerprints.parts(task) for task in wanted}


class _Freezer:
    """Adds tasks to a Dask graph; remembers what it has packed already."""

    def __init__(self, frozen: Frozen) -> None:
        self._frozen = frozen
        self._code: dict[int, tuple[str, bytes]] = {}
        self._packed: dict[int, tuple[Any, bytes]] = {}

    def add(self, task: WorkflowTask, ordered_before: list[WorkflowTask]) -> None:
        """Add one task."""
        missing = task.missing_inputs()
        if missing:
            raise InputError(
                f"task {task.name!r} has no value for its input {missing[0]!r}: "
                f"give it with task.set_input({missing[0]!r}, …)"
            )
        spec = task.spec()
        check_deadline(spec.options, f"task {task.name!r}")
        code_id, code = self._pack_code(task)
        inputs = _Inputs(self._dependency_key)
        for name, value in task.inputs.items():
            self._add_input(task, inputs, name, value)
        for before in ordered_before:
            inputs.position(self._end_key(before))
        call = TaskCall(
            "python",
            self._frozen.run_id,
            task.task_id,
            task.name,
            task.function.signature.style,
            code_id,
            inputs.sources,
            inputs.references,
            task.function.outputs,
            _module_of(task.function.function),
            _limits(spec),
            _pack_types(task),
            spec.options.keep,
        )
        constants = self._pack_constants(task, inputs.constants)
        key = self._key(task)
        dependencies = [TaskRef(dependency) for dependency in inputs.dependencies]
        self._frozen.nodes[key] = Task(
            key, execute_task, encode(call), code, constants, *dependencies
        )

    def _add_input(self, task: WorkflowTask, inputs: _Inputs, name: str, value: Any) -> None:
        if isinstance(value, OutputReference):
            inputs.sources[name] = inputs.source(value)
            return
        replaced = replace_nested(value, inputs.refer)
        packed = self._packed.get(id(value)) if replaced is value else None
        if packed is None:
            data = dump_value(replaced, f"input {name!r} of task {task.name!r}")
            if replaced is not value or len(data) < SHARED_FROM:
                inputs.sources[name] = Source(-1)
                inputs.constants[name] = replaced
                return
            packed = self._packed[id(value)] = (value, data)
        inputs.sources[name] = Source(inputs.position(self._share(packed[1])), SHARED_VALUE)

    def _share(self, data: bytes) -> DaskKey:
        key = value_key(self._frozen.run_id, hashlib.sha256(data).hexdigest()[:32])
        self._frozen.nodes.setdefault(key, DataNode(key, data))
        return key

    def _pack_code(self, task: WorkflowTask) -> tuple[str, Any]:
        function = task.function.function
        if id(function) not in self._code:
            data = dump_value(function, f"the function of task {task.name!r}")
            self._code[id(function)] = (hashlib.sha256(data).hexdigest(), data)
        code_id, data = self._code[id(function)]
        return code_id, (TaskRef(self._share(data)) if len(data) >= SHARED_FROM else data)

    def _pack_constants(self, task: WorkflowTask, constants: dict[str, Any]) -> bytes:
        return dump_value(constants, f"the inputs of task {task.name!r}") if constants else b""

    def _key(self, task: WorkflowTask) -> DaskKey:
        return task_key(task.name, self._frozen.run_id, task.task_id)

    def _dependency_key(self, reference: OutputReference) -> DaskKey:
        """Return the key that holds an output: the task's own, or a part of it among several.

        So what a consumer does not read does not move.
        """
        key = self._key(reference.task)
        if len(reference.task.function.outputs) == 1:
            return key
        part = part_key(
            reference.task.name, self._frozen.run_id, reference.task.task_id, reference.name
        )
        if part not in self._frozen.nodes:
            self._frozen.nodes[part] = Task(part, pick_output, TaskRef(key), reference.name)
        return part

    def _end_key(self, task: WorkflowTask) -> DaskKey:
        """Return the key that says a task has ended and holds nothing of what it made."""
        key = part_key(task.name, self._frozen.run_id, task.task_id, "")
        if key not in self._frozen.nodes:
            self._frozen.nodes[key] = Task(key, drop_outputs, TaskRef(self._key(task)))
        return key


def _limits(spec: TaskSpec) -> Limits:
    resources = spec.resources
    return Limits(
        spec.needs_child, spec.options.timeout, resources.cpu_mem, is_alone=resources.gpu >= 1
    )


def _module_of(function: Callable[..., Any]) -> str:
    """Return the module whose global names a function sees; a cell's are the notebook's."""
    if isinstance(function, CellFunction):
        return "__main__"
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__module__", None) or "")


def _pack_types(task: WorkflowTask) -> bytes:
    types = task.options.retry_types
    return dump_value(types, f"retry_on of task {task.name!r}") if types else b""


@dataclass(slots=True)
class _Inputs:
    """The inputs of one task while they are gathered."""

    key_of: Callable[[OutputReference], DaskKey]
    sources: dict[str, Source] = field(default_factory=dict)
    references: list[Source] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    dependencies: dict[DaskKey, int] = field(default_factory=dict)

    def position(self, key: DaskKey) -> int:
        """Return where a key stands among the dependencies; add it if it is not there."""
        return self.dependencies.setdefault(key, len(self.dependencies))

    def source(self, reference: OutputReference) -> Source:
        """Return where the value of an output comes from."""
        return Source(self.position(self.key_of(reference)), reference.name)

    def refer(self, leaf: Any) -> Any:
        """Put a numbered placeholder where an output reference stands."""
        if not isinstance(leaf, OutputReference):
            return leaf
        self.references.append(self.source(leaf))
        return Reference(len(self.references) - 1)
