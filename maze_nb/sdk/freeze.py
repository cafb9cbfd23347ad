"""A workflow frozen for one run: what the scheduler is told, and the Dask graph."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dask._task_spec import DataNode, GraphNode, Task, TaskRef
from msgspec.structs import replace

from maze_nb.artifacts.location import scheme_of
from maze_nb.artifacts.packages import check_packages
from maze_nb.errors import InputError
from maze_nb.model.graph import Graph
from maze_nb.model.parse_options import check_deadline
from maze_nb.model.task_spec import TaskSpec
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.items import ITEM
from maze_nb.runners.parts import drop_outputs, gather, pick_output, spread
from maze_nb.runners.python import SHARED_VALUE
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.caching import CacheUse, cached_parts, note_run
from maze_nb.sdk.growing import Choices, maps_over, reads_of, refuse_ids_of_items
from maze_nb.sdk.input_sources import InputSources
from maze_nb.sdk.packing import SHARED_FROM, Packing
from maze_nb.sdk.sent_files import SentFiles
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask, references_in
from maze_nb.wire.code import dump_value
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.keys import DaskKey, part_key, task_key, value_key
from maze_nb.wire.submission import CacheParts, MapOver
from maze_nb.wire.task_call import Limits, Source, TaskCall, encode
from maze_nb.worker.entry import execute_task, spread_output


@dataclass(slots=True)
class Frozen:
    """A copy of a workflow that nothing changes any more.

    ``cached`` has, by task id, what the outputs depend on that may come from the result cache;
    ``needs`` are the names of the files that its tasks read (see :mod:`maze_nb.wire.blobs`), and
    ``files`` where those of the user are;
    ``maps`` what tasks map over, and ``reads`` which tasks can do without some of what they read.
    """

    run_id: str
    graph: Graph
    nodes: dict[DaskKey, GraphNode] = field(default_factory=dict)
    cached: dict[str, CacheParts] = field(default_factory=dict)
    maps: dict[str, MapOver] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    files: dict[str, Path] = field(default_factory=dict)
    reads: dict[str, Choices] = field(default_factory=dict)

    @property
    def keys(self) -> list[DaskKey]:
        """The Dask keys of the tasks."""
        return [task_key(task.name, self.run_id, task.task_id) for task in self.graph.tasks]


def freeze(
    workflow: WorkflowGraph,
    run_id: str,
    *,
    cache: CacheUse = None,
    parts: Mapping[str, CacheParts] | None = None,
    destination: str = "",
) -> Frozen:
    """Return a frozen copy of a workflow.

    Parameters
    ----------
    cache
        How to use the result cache, as for ``Workflow.run``.
    parts
        What `cached_parts` gave for it, if that was asked for already.
    destination
        Where the files go of tasks that name no destination.

    Raises
    ------
    ArtifactError
        If a package is not installed that a destination takes.
    InputError
        If an input of a task has no value.
    OptionError
        If the deadline of a task has passed.
    SerializationError
        If a function or a value cannot be pickled.
    WorkflowError
        If a task has the id of an item of a map.
    """
    refuse_ids_of_items(workflow.get_tasks())
    frozen = Frozen(run_id, workflow.graph())
    freezer = _Freezer(frozen, destination)
    before = workflow.order_edges()
    for task in workflow.get_tasks():
        freezer.add(task, before.get(task.task_id, []))
    frozen.cached = cached_parts(workflow, cache) if parts is None else dict(parts)
    freezer.finish()
    note_run(frozen.cached)
    frozen.maps = {task.task_id: maps_over(task) for task in workflow.get_tasks() if task.over}
    if any(task.when is not None for task in workflow.get_tasks()):
        frozen.reads = reads_of(workflow.get_tasks(), before)
    return frozen


class _Freezer:
    """Adds tasks to a Dask graph."""

    def __init__(self, frozen: Frozen, destination: str) -> None:
        self._frozen = frozen
        self._destination = destination
        self._packing = Packing()
        self._sent = SentFiles()
        self._specs = {spec.task_id: spec for spec in frozen.graph.tasks}
        self._calls: list[tuple[DaskKey, TaskCall]] = []
        self._spreads: list[DaskKey] = []

    def finish(self) -> None:
        """Let all tasks have the local modules at hand that any of them needs.

        What one makes of them another may be given, whose own code does not name them.
        """
        found = self._packing.modules.finish()
        self._frozen.files = self._sent.paths
        self._frozen.needs = (*self._packing.kept, *found.needs, *self._sent.paths)
        if not found.listed:
            return
        for key, call in self._calls:
            node: Any = self._frozen.nodes[key]
            header = encode(replace(call, modules=found.listed))
            self._frozen.nodes[key] = Task(key, execute_task, header, *node.args[1:])
        _, call = self._calls[0]
        header = encode(replace(call, modules=found.listed, values=(), env={}, secrets=()))
        for key in self._spreads:
            node = self._frozen.nodes[key]
            self._frozen.nodes[key] = Task(key, spread_output, header, *node.args)

    def add(self, task: WorkflowTask, ordered_before: list[WorkflowTask]) -> None:
        """Add one task."""
        missing = task.missing_inputs()
        if missing:
            raise InputError(
                f"task {task.name!r} has no value for its input {missing[0]!r}: "
                f"give it with task.set_input({missing[0]!r}, …)"
            )
        spec = self._specs[task.task_id]
        check_deadline(spec.options, f"task {task.name!r}")
        code_id, code, read_by_code = self._packing.code(task)
        inputs = InputSources(self._dependency_key)
        for kept in read_by_code:
            inputs.kept(kept)
        for name, value in task.inputs.items():
            if name in task.over:
                inputs.sources[name] = self._item_source(task, inputs, name, value)
            else:
                self._add_input(task, inputs, name, value)
        for before in ordered_before:
            inputs.position(self._end_key(before))
        for reference in references_in(task.when):
            inputs.position(self._end_key(reference.task))
        call = TaskCall(
            task.function.kind,
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
            self._packing.retry_types(task),
            spec.options.keep,
            tuple(inputs.values),
            env=dict(spec.options.env),
            secrets=spec.options.secrets,
            automatic=spec.outputs[len(task.function.outputs) :],
            destination=self._destination_of(spec),
        )
        constants = self._packing.constants(task, inputs.constants)
        key = self._key(task)
        self._frozen.nodes[key] = Task(
            key,
            execute_task,
            encode(call),
            TaskRef(self._share(code)) if len(code) >= SHARED_FROM else code,
            constants,
            *map(TaskRef, inputs.dependencies),
        )
        self._calls.append((key, call))

    def _destination_of(self, spec: TaskSpec) -> str:
        destination = spec.options.destination or self._destination
        if destination:
            check_packages(scheme_of(destination))
        return destination

    def _add_input(self, task: WorkflowTask, inputs: InputSources, name: str, value: Any) -> None:
        if isinstance(value, OutputReference | Either):
            inputs.sources[name] = inputs.source(value)
            return
        what = f"input {name!r} of task {task.name!r}"
        # Workers look for files in what is with the task itself, or the one item it is given.
        replaced = replace_nested(self._sent.replaced(value, what), inputs.refer)
        packed = None
        if replaced is value:
            packed = self._packing.shared(value, what)
        else:
            dump_value(replaced, what)
        if packed is None:
            inputs.sources[name] = Source(-1)
            inputs.constants[name] = replaced
            return
        if isinstance(packed, KeptValue):
            inputs.sources[name] = inputs.kept(packed)
            return
        inputs.sources[name] = Source(inputs.position(self._share(packed)), SHARED_VALUE)

    def _item_source(
        self, task: WorkflowTask, inputs: InputSources, name: str, value: Any
    ) -> Source:
        """Return where an item of a list comes from: that of the first; others are like it."""
        nodes, run_id = self._frozen.nodes, self._frozen.run_id
        if isinstance(value, OutputReference):
            source = value.task
            key = part_key(source.name, run_id, source.task_id, f"{value.name}[]")
            whole = TaskRef(self._dependency_key(value))
            if key not in nodes:
                nodes[key] = Task(key, spread, whole, value.name)
                self._spreads.append(key)
            return Source(inputs.position(key), ITEM, 0)
        key = value_key(run_id, f"{task.task_id}.{name}")
        what = f"input {name!r} of task {task.name!r}"
        nodes[key] = DataNode(key, self._packing.items(self._sent.replaced(value, what), what))
        return Source(inputs.position(key), SHARED_VALUE, 0)

    def _share(self, data: bytes) -> DaskKey:
        self._packing.modules.look_into(data)
        key = value_key(self._frozen.run_id, hashlib.sha256(data).hexdigest()[:32])
        self._frozen.nodes.setdefault(key, DataNode(key, data))
        return key

    def _key(self, task: WorkflowTask) -> DaskKey:
        return task_key(task.name, self._frozen.run_id, task.task_id)

    def _dependency_key(self, reference: OutputReference) -> DaskKey:
        """Return the key that holds an output: the task's own, or a part of it among several.

        So what a consumer does not read does not move.
        """
        key, is_map = self._key(reference.task), bool(reference.task.over)
        if len(self._specs[reference.task.task_id].outputs) == 1 and not is_map:
            return key
        part = part_key(
            reference.task.name, self._frozen.run_id, reference.task.task_id, reference.name
        )
        if part not in self._frozen.nodes:
            # Of a map the scheduler puts all items in the place of the one.
            self._frozen.nodes[part] = (
                Task(part, gather, reference.name, TaskRef(key))
                if is_map
                else Task(part, pick_output, TaskRef(key), reference.name)
            )
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
        spec.needs_child,
        spec.options.timeout,
        resources.cpu_mem,
        is_alone=resources.gpu >= 1,
        cpu=resources.cpu,
    )


def _module_of(function: Callable[..., Any]) -> str:
    """Return the module whose global names a function sees; a cell's are the notebook's."""
    if isinstance(function, CellFunction):
        return "__main__"
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__module__", None) or "")
