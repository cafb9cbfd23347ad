"""One task of a workflow, and references to its outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from maze_nb.errors import InputError, nearest
from maze_nb.model.ids import TaskId
from maze_nb.model.parse_options import CheckedOptions
from maze_nb.model.resources import Resources
from maze_nb.model.task_spec import TaskSpec
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.task import TaskFunction


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
    """Stands for the value that one output of a task will have."""

    task: WorkflowTask
    name: str

    def __repr__(self) -> str:
        return f"<output {self.name!r} of {self.task.name}>"

    def _refuse(self, *_: Any) -> Any:
        raise InputError(
            f"{self!r} has no value yet: give it to add_task(inputs={{…}}), "
            f"or read it with get_task_result once the run has finished"
        )

    __bool__ = __len__ = __getitem__ = __iter__ = __call__ = __int__ = __float__ = _refuse


class OutputReferences(Mapping[str, OutputReference]):
    """The outputs of a task by name."""

    def __init__(self, task: WorkflowTask) -> None:
        self._task = task

    def __getitem__(self, name: str) -> OutputReference:
        known = self._task.function.outputs
        if name not in known:
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
    """

    def __init__(
        self,
        owner: Owner,
        task_id: TaskId,
        name: str,
        function: TaskFunction,
        resources: Resources,
        options: CheckedOptions,
    ) -> None:
        self._owner = owner
        self.task_id = task_id
        self.name = name
        self.function = function
        self.resources = resources
        self.options = options
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

    def references(self) -> Iterator[tuple[str, OutputReference]]:
        """Yield each output that this task reads, with the input that reads it."""
        for name, value in self.inputs.items():
            for reference in references_in(value):
                yield name, reference

    def missing_inputs(self) -> list[str]:
        """Return the inputs that have neither a value nor a default."""
        signature = self.function.signature
        return [
            name
            for name in signature.inputs
            if name not in self.inputs and name not in signature.optional
        ]

    def spec(self) -> TaskSpec:
        """Return what this task is, apart from its code."""
        return TaskSpec(
            self.task_id,
            self.name,
            tuple(self.inputs),
            self.function.outputs,
            self.resources,
            options=self.options.options,
        )

    def __repr__(self) -> str:
        return f"<task {self.name} {self.task_id[:8]}>"


def references_in(value: Any) -> list[OutputReference]:
    """Return the output references in a value: itself, or inside lists, tuples and dicts."""
    found: list[OutputReference] = []

    def collect(leaf: Any) -> Any:
        if isinstance(leaf, OutputReference):
            found.append(leaf)
        return leaf

    replace_nested(value, collect)
    return found
