"""What of a workflow is settled only while it runs, as the scheduler is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from maze_nb.errors import WorkflowError
from maze_nb.model.ids import TaskId
from maze_nb.runners.items import length_of
from maze_nb.runners.references import replace_nested
from maze_nb.sdk.workflow_task import Either, OutputReference, WorkflowTask
from maze_nb.wire.submission import MapOver

Choices = tuple[tuple[str, ...], ...]


def maps_over(task: WorkflowTask) -> MapOver:
    """Return what a task maps over."""
    lists, count = {}, None
    for name in task.over:
        value = task.inputs[name]
        if isinstance(value, OutputReference):
            lists[name] = (str(value.task.task_id), value.name)
        else:
            count = length_of(value)
    return MapOver(lists, count)


def refuse_ids_of_items(tasks: Iterable[WorkflowTask]) -> None:
    """Raise WorkflowError if a task has the id that an item of a map will have."""
    known = {str(task.task_id): task for task in tasks}
    for task_id, task in known.items():
        map_id, _, number = task_id.rpartition(".")
        if number.isdigit() and map_id in known and known[map_id].over:
            raise WorkflowError(
                f"task {task.name!r} has the id {task_id!r}, which is that of an item of "
                f"{known[map_id].name!r}: give it another"
            )


def reads_of(
    tasks: Iterable[WorkflowTask], ordered_before: Mapping[TaskId, list[WorkflowTask]]
) -> dict[str, Choices]:
    """Return, for each task that can do without something it reads, what has to be there.

    Each entry is a choice: one of these tasks must not have been skipped by its condition.

    Parameters
    ----------
    ordered_before
        For each task, those it only runs after.
    """
    found: dict[str, Choices] = {}
    for task in tasks:
        choices = [
            choice
            for name, value in task.inputs.items()
            if name in task.over or name not in task.function.signature.optional
            for choice in _choices_in(value)
        ]
        if task.condition is not None:
            choices.append((str(task.condition.task_id),))
        choices += [(str(each.task_id),) for each in ordered_before.get(task.task_id, [])]
        every = {str(reference.task.task_id) for _, reference in task.references()}
        if not every <= {choice[0] for choice in choices if len(choice) == 1}:
            found[task.task_id] = tuple(dict.fromkeys(choices))
    return found


def _choices_in(value: object) -> list[tuple[str, ...]]:
    return [tuple(str(each.task.task_id) for each in leaf) for leaf in _leaves(value)]


def _leaves(value: object) -> Iterator[tuple[OutputReference, ...]]:
    found: list[tuple[OutputReference, ...]] = []

    def note(leaf: object) -> object:
        if isinstance(leaf, Either):
            found.append(leaf.references)
        elif isinstance(leaf, OutputReference):
            found.append((leaf,))
        return leaf

    replace_nested(value, note)
    yield from found
