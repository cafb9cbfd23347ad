"""One task of a workflow, and references to its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from maze_nb.artifacts.automatic import ARTIFACTS, AUTOMATIC
from maze_nb.artifacts.named import artifact_named
from maze_nb.errors import InputError, nearest
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.model.task_spec import MAP, Condition, TaskSpec
from maze_nb.projection.bounded import one_line
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.secret import with_secrets
from maze_nb.sdk.task_function import TaskFunction


class Owner(Protocol):
    """The workflow a task belongs to, as far as the task needs it."""

    def remove_task(self, task: WorkflowTask) -> None:
        """Take a task out, with its edges."""
        ...

    def set_input(self, task: WorkflowTask, name: str, value: Any) -> None:
        """Give an input a value or another task's output."""
        ...

    def cancel_task(self, task: WorkflowTask, run_id: str | None) -> None:
        """Cancel a task in a run, by default in the one that has not ended."""
        ...


@dataclass(frozen=True, slots=True)
class OutputReference:
    """Stands for the value that one output of a task will have, or for one file among those."""

    task: WorkflowTask
    name: str
    artifact: str = ""

    def __repr__(self) -> str:
        what = f"artifact {self.artifact!r}" if self.artifact else f"output {self.name!r}"
        return f"<{what} of {self.task.name}>"

    def __getitem__(self, name: Any) -> OutputReference:
        if self.name != ARTIFACTS or self.artifact or not isinstance(name, str) or not name:
            return self._refuse()  # type: ignore[no-any-return]
        return OutputReference(self.task, self.name, name)

    @property
    def is_automatic(self) -> bool:
        """Whether the task does not declare it, and makes it only if it is read."""
        return self.name in AUTOMATIC and self.name not in self.task.function.outputs

    def of(self, outputs: Mapping[str, Any]) -> Any:
        """Return what this stands for, given the outputs of its task."""
        found = outputs[self.name]
        return artifact_named(found, self.artifact, self.task.name) if self.artifact else found

    def _refuse(self, *_: Any) -> Any:
        raise InputError(
            f"{self!r} has no value yet: give it to add_task(inputs={{…}}), "
            f"or read it with get_task_result once the run has finished"
        )

    __bool__ = __len__ = __iter__ = __call__ = __int__ = __float__ = _refuse


@dataclass(frozen=True, slots=True)
class Negated:
    """Stands for a condition that is met where an output is false; made by ``not_``."""

    reference: OutputReference


@dataclass(frozen=True, slots=True)
class Either:
    """Stands for the first of several outputs whose task was not skipped; made by ``either``."""

    references: tuple[OutputReference, ...]


When = OutputReference | Negated
"""On what it depends whether a task runs."""


def not_(reference: OutputReference) -> Negated:
    """Return the condition that an output of a task is false.

    To be given as ``add_task(…, when=not_(check.outputs["is_good"]))``.

    Raises
    ------
    InputError
        If it is given anything but an output of a task.
    """
    if not isinstance(reference, OutputReference):
        raise InputError(f"not_() takes an output of a task, not {one_line(reference)}")
    return Negated(reference)


def either(*references: Any) -> Either:
    """Return what the first of several tasks made that was not skipped by its condition.

    To be given as an input: ``inputs={"x": either(fast.outputs["x"], slow.outputs["x"])}``.

    Raises
    ------
    InputError
        If it is given fewer than two, or anything but outputs of tasks.
    """
    wrong = [each for each in references if not isinstance(each, OutputReference)]
    if wrong or len(references) < 2:
        what = one_line(wrong[0]) if wrong else f"{len(references)}"
        raise InputError(f"either() takes two or more outputs of tasks, not {what}")
    return Either(references)


class OutputReferences(Mapping[str, OutputReference]):
    """The outputs of a task by name."""

    def __init__(self, task: WorkflowTask) -> None:
        self._task = task

    def __getitem__(self, name: str) -> OutputReference:
        known = self._task.function.outputs
        if name not in known and name not in AUTOMATIC:
            raise InputError(
                f"task {self._task.name!r} has no output {name!r}: {nearest(str(name), known)}"
            )
        return OutputReference(self._task, name)

    def __contains__(self, name: object) -> bool:
        return name in self._task.function.outputs

    def __iter__(self) -> Iterator[str]:
        return iter(self._task.function.outputs)

    def __len__(self) -> int:
        return len(self._task.function.outputs)

    def __repr__(self) -> str:
        return f"<outputs of {self._task.name}: {', '.join(self)}>"


class WorkflowTask:
    """A task of a workflow.

    Attributes
    ----------
    task_id
        Unique in the workflow.
    name
        What people call it.
    function
        The task function.
    inputs
        The value, or another task's output, that each input has.
    outputs
        References to what it will make, to be given to other tasks.
    resources
        What it asks for.
    options
        How it is to be run.
    group
        The sub-workflow it belongs to, after those around it, such as ``"prepare/clean"``.
    over
        The inputs that take one item each of a list, if it maps over lists.
    when
        On what it depends whether it runs.
    cell
        The notebook's own id of the cell that it was made of; empty if there is none.
    """

    def __init__(
        self,
        owner: Owner,
        task_id: TaskId,
        name: str,
        function: TaskFunction,
        resources: Resources,
        options: CheckedOptions,
        *,
        over: tuple[str, ...] = (),
        when: When | None = None,
    ) -> None:
        self._owner = owner
        self.task_id = task_id
        self.name = name
        self.function = function
        self.resources = resources
        self.options = options
        self.group = ""
        self.over = over
        self.when = when
        self.cell = ""
        self.inputs: dict[str, Any] = {}
        self.outputs = OutputReferences(self)

    def delete(self) -> None:
        """Take this task out of its workflow; inputs that read it have to be given anew."""
        self._owner.remove_task(self)

    def set_input(self, name: str, value: Any) -> None:
        """Give an input a value or another task's output.

        Raises
        ------
        InputError
            If the task has no such input.
        CycleError
            If the value depends on this task.
        """
        self._owner.set_input(self, name, value)

    def cancel(self, run_id: str | None = None) -> None:
        """Cancel this task in a run; what depends on it is skipped, the rest goes on.

        Parameters
        ----------
        run_id
            The run; by default the one of this workflow that has not ended.

        Raises
        ------
        WorkflowError
            If no run is given, and none or several have not ended.
        """
        self._owner.cancel_task(self, run_id)

    @property
    def artifacts(self) -> OutputReference:
        """The files that it will leave, by name: ``artifacts["model.tar.gz"]`` is one."""
        return self.outputs[ARTIFACTS]

    def references(self) -> Iterator[tuple[str, OutputReference]]:
        """Yield each output that this task reads, with the input that reads it."""
        for name, value in self.inputs.items():
            for reference in references_in(value):
                yield name, reference

    def values(self) -> list[Any]:
        """Return all that may hold references: the values of its inputs, and its condition."""
        return [*self.inputs.values(), *([] if self.when is None else [self.when])]

    @property
    def condition(self) -> Condition | None:
        """On what it depends whether it runs."""
        if self.when is None:
            return None
        is_negated = isinstance(self.when, Negated)
        reference = self.when.reference if isinstance(self.when, Negated) else self.when
        return Condition(reference.task.task_id, reference.name, is_negated)

    def missing_inputs(self) -> list[str]:
        """Return the inputs that have neither a value nor a default."""
        signature = self.function.signature
        given = {*self.inputs, *signature.optional}
        return [name for name in signature.inputs if name not in given]

    def spec(self, asked: tuple[str, ...] = ()) -> TaskSpec:
        """Return what this task is, apart from its code; `asked` are outputs beside its own."""
        return TaskSpec(
            self.task_id,
            self.name,
            tuple(self.inputs),
            (*self.function.outputs, *asked),
            self.resources,
            kind=MAP if self.over else self.function.kind,
            options=with_secrets(self.options.options, self.inputs.values(), f"task {self.name!r}"),
            group=self.group,
            when=self.condition,
            cell=self.cell,
        )

    def __repr__(self) -> str:
        return f"<task {self.name} {self.task_id[:8]}>"


def references_in(value: Any) -> list[OutputReference]:
    """Return the output references in a value: itself, or inside lists, tuples and dicts."""
    found: list[OutputReference] = []

    def collect(leaf: Any) -> Any:
        if isinstance(leaf, OutputReference):
            found.append(leaf)
        elif isinstance(leaf, Either):
            found.extend(leaf.references)
        elif isinstance(leaf, Negated):
            found.append(leaf.reference)
        return leaf

    replace_nested(value, collect)
    return found
