"""What calling a task gives while a workflow is made: a handle, with an attribute an output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from maze_nb.artifacts.automatic import ARTIFACTS, AUTOMATIC
from maze_nb.errors import InputError, UnknownOutputError, nearest
from maze_nb.projection.bounded import one_line
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.mapping import reducing_input
from maze_nb.sdk.task import as_task
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import Either, Negated, OutputReference, WorkflowTask
from maze_nb.sdk.workflow_task import either as either_of
from maze_nb.sdk.workflow_task import not_ as negated

_REMEDY = "for a branch use task.when(…), for a loop task.map(over=…), and for anything else a task"


_BEFORE_THE_CALL = {"when": ".when(…)", "using": ".using(…)"}


class _NoValue:
    """Stands for something that there is only in a run; whatever would need its value is refused.

    Without this, some of it would go wrong unnoticed: any object is true, and equals no other.
    """

    __slots__ = ()

    def _refuse(self, doing: str) -> NoReturn:
        raise InputError(
            f"{self!r} has no value while the workflow is made, so {doing} is not possible: "
            f"{_REMEDY}"
        )

    def __bool__(self) -> bool:
        self._refuse("a decision by it (if, while, and, or, not)")

    def __iter__(self) -> Iterator[Any]:
        self._refuse("a loop over it")

    def __len__(self) -> int:
        self._refuse("len()")

    def __contains__(self, item: object) -> bool:
        self._refuse("'in'")

    def __getitem__(self, key: Any) -> Any:
        self._refuse(f"[{key!r}]")

    def __setitem__(self, key: Any, value: Any) -> None:
        self._refuse(f"[{key!r}] = …")

    def __call__(self, *_: Any, **__: Any) -> Any:
        self._refuse("to call it")

    def __format__(self, spec: str) -> str:
        self._refuse("to put it into a text")

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise InputError(
            f"{self!r} stands inside a value where it is not seen: give it to a task as an input, "
            f"itself or in lists, tuples and dicts"
        )

    __hash__ = object.__hash__


def _refusing(sign: str) -> Any:
    def operate(self: _NoValue, *_: Any) -> Any:
        self._refuse(sign)

    return operate


_SIGNS = {
    "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**",
    "matmul": "@", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
    "divmod": "divmod()", "neg": "-", "pos": "+", "invert": "~", "abs": "abs()",
    "round": "round()", "int": "int()", "float": "float()", "complex": "complex()",
    "index": "to take it as an index", "next": "next()", "reversed": "reversed()",
    "enter": "with", "aenter": "async with", "await": "await", "fspath": "to take it as a path",
    "array": "to make it an array",
}  # fmt: skip
_REFLECTED = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor",
    "lshift", "rshift", "divmod",
)  # fmt: skip
for _name, _sign in _SIGNS.items():
    setattr(_NoValue, f"__{_name}__", _refusing(_sign))
for _name in _REFLECTED:
    setattr(_NoValue, f"__r{_name}__", _refusing(_SIGNS[_name]))


class OutputHandle(_NoValue):
    """Stands for one output of a task while a workflow is made."""

    __slots__ = ("_reference",)

    def __init__(self, reference: OutputReference) -> None:
        self._reference = reference

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnknownOutputError(
            f"{self!r} has no value while the workflow is made, so .{name} is not possible: "
            f"{_REMEDY}"
        )

    def __getitem__(self, key: Any) -> OutputHandle:
        if self._reference.name != ARTIFACTS or self._reference.artifact or type(key) is not str:
            self._refuse(f"[{key!r}]")
        return OutputHandle(self._reference[key])

    def __repr__(self) -> str:
        name, of = self._reference.artifact, f"of task {self._reference.task.name!r}"
        return f"artifact {name!r} {of}" if name else f"output {self._reference.name!r} {of}"


class OutputHandles(Mapping[str, OutputHandle]):
    """The outputs of a task by name."""

    def __init__(self, task: WorkflowTask) -> None:
        self._references = task.outputs

    def __getitem__(self, name: str) -> OutputHandle:
        return OutputHandle(self._references[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._references)

    def __len__(self) -> int:
        return len(self._references)


class TaskHandle(_NoValue):
    """Stands for a task that was called while a workflow is made.

    Its outputs are attributes, and can be given to other tasks. If there is just one, the handle
    can be given itself. Several can be unpacked: ``a, b = f()``.

    Attributes
    ----------
    task
        The task in the graph.
    outputs
        The outputs by name, for names that mean something else as an attribute.
    """

    __slots__ = ("_graph", "task")

    def __init__(self, task: WorkflowTask, graph: WorkflowGraph) -> None:
        self.task = task
        self._graph = graph

    @property
    def outputs(self) -> OutputHandles:
        """The outputs by name."""
        return OutputHandles(self.task)

    def after(self, *others: TaskHandle) -> TaskHandle:
        """Have this task run after others, with no data between them; return this handle."""
        for other in others:
            if not isinstance(other, TaskHandle):
                raise InputError(f"after() takes what calls of tasks return, not {one_line(other)}")
            self._graph.add_edge(other.task, self.task)
        return self

    def __getattr__(self, name: str) -> OutputHandle:
        known = self.task.function.outputs
        if name in known or name in AUTOMATIC:
            return OutputHandle(self.task.outputs[name])
        if name.startswith("_"):
            raise AttributeError(name)
        said = f"task {self.task.name!r} has no output {name!r}"
        if name in _BEFORE_THE_CALL:
            called = ".map(over=…)" if self.task.over else "(…)"
            instead = f"say {self.task.name}{_BEFORE_THE_CALL[name]}{called}, before it is called"
            raise UnknownOutputError(f"{said}: {instead}")
        raise UnknownOutputError(f"{said}: {nearest(name, known)}")

    def __iter__(self) -> Iterator[OutputHandle]:
        if len(self.task.function.outputs) < 2:
            self._refuse("a loop over it")
        return iter(self.outputs.values())

    def __len__(self) -> int:
        if len(self.task.function.outputs) < 2:
            self._refuse("len()")
        return len(self.task.function.outputs)

    def __repr__(self) -> str:
        outputs = self.task.function.outputs
        if len(outputs) == 1:
            return f"output {outputs[0]!r} of task {self.task.name!r}"
        return f"task {self.task.name!r} with the outputs {', '.join(map(repr, outputs)) or '-'}"


class MapHandle(TaskHandle):
    """Stands for a task that maps; its outputs are lists."""

    __slots__ = ()

    def reduce(self, function: Any, **fixed: Any) -> TaskHandle:
        """Call a task with the list that this one makes; `fixed` are its other inputs."""
        made = reference_of(self)
        reducing, inputs = as_task(function), unwrapped(fixed)
        free = reducing_input(reducing, inputs, reducing.name, is_called=True)
        return TaskHandle(self._graph.add_task(reducing, {**inputs, free: made}), self._graph)


def reference_of(handle: TaskHandle) -> OutputReference:
    """Return the one output of a task.

    Raises
    ------
    InputError
        If it has none, or several.
    """
    outputs = handle.task.function.outputs
    if len(outputs) == 1:
        return handle.task.outputs[outputs[0]]
    name = handle.task.name
    if not outputs:
        raise InputError(f"task {name!r} has no outputs, so it cannot be given as a value")
    listed = ", ".join(f".{output}" for output in outputs)
    raise InputError(f"task {name!r} has {len(outputs)} outputs: give one of them ({listed})")


def unwrapped(value: Any) -> Any:
    """Return a value with references to outputs in place of handles."""

    def replace(leaf: Any) -> Any:
        if isinstance(leaf, OutputHandle):
            return leaf._reference
        return reference_of(leaf) if isinstance(leaf, TaskHandle) else leaf

    return replace_nested(value, replace)


def not_(value: Any) -> Negated | bool:
    """Return the condition that an output is false, for ``task.when(not_(…))``.

    Of a plain value it is what ``not`` is, as tasks can be called by hand.
    """
    found = unwrapped(value)
    return negated(found) if isinstance(found, OutputReference) else not found


def either(*values: Any) -> Any:
    """Return the first of several outputs whose task was not skipped, to be given to a task.

    Of plain values it is the first that is not None, as tasks can be called by hand.

    Raises
    ------
    InputError
        If there are fewer than two, or only some are outputs.
    """
    found = unwrapped(values)
    if any(isinstance(value, OutputReference | Either) for value in found):
        return either_of(*found)
    return next((value for value in found if value is not None), None)
