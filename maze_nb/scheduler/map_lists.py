"""The lists that maps go over, and those that they make, as far as the scheduler knows them."""

from __future__ import annotations

from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.runners.items import not_mappable
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.wire.code import dump_value


def length_of_map(run: RunRecord, task: TaskRecord) -> tuple[int, str]:
    """Return how many items a map has, or why it has none that can be told."""
    over, name = run.submission.maps[task.spec.task_id], task.spec.name
    counts = {} if over.count is None else {"the list it was given": over.count}
    for task_id, output in over.lists.values():
        source = run.tasks[TaskId(task_id)]
        what = f"output {output!r} of task {source.spec.name!r}"
        info = next(each for each in source.outputs if each.name == output)
        if info.length is None:
            why = not_mappable(f"{what}, which task {name!r} is to map over,", info.type)
            return 0, why
        counts[what] = info.length
    if len(set(counts.values())) > 1:
        shown = ", ".join(f"{what} has {count}" for what, count in counts.items())
        return 0, (
            f"the lists that task {name!r} maps over differ in length ({shown}): it takes one item "
            f"of each at a time"
        )
    return next(iter(counts.values())), ""


def gathered_output(name: str, items: list[TaskRecord]) -> OutputInfo:
    """Return what is told of one output of a map: of what its items made, there are no copies."""
    nbytes = sum(info.nbytes for item in items for info in item.outputs if info.name == name)
    return OutputInfo(
        name,
        "list",
        nbytes,
        f"list, {len(items)} items",
        None if items else dump_value([], f"output {name!r}"),
        length=len(items),
        truth=bool(items),
    )
