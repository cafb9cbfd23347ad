"""What a run brings back into the notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.newest import Newest
from maze_nb.magics.values import Values
from maze_nb.model.ids import TaskId
from maze_nb.runners.cell import Absent
from maze_nb.sdk.run import Run


@dataclass
class Bound:
    """What a run brought back into the notebook.

    Attributes
    ----------
    names
        The variables that were set.
    absent
        Outputs of end tasks that could not come back.
    inner
        Outputs of other tasks, which cells get when they read them.
    kept
        Those of tasks of which that is not so, as no cell here is known to have made them.
    left
        The variables that were not set, as they hold what a person's cell assigned, and the cells.
    lost
        The variables of which what a person's cell had made was replaced, and the cells.
    """

    names: list[str] = field(default_factory=list)
    absent: list[Absent] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    lost: dict[str, str] = field(default_factory=dict)


def bind(run: Run, book: CellBook, newest: Newest, values: Values) -> Bound:
    """Set the variables that the end tasks of a run made.

    After a restart of the kernel the cells of a run may not be known: of these, those that no
    other task of the run reads are its end tasks.

    Parameters
    ----------
    book
        The cells that are known.
    newest
        The runs of which cells read.
    values
        The notebook's variables.
    """
    bound = Bound()
    graph = _graph(run)
    known = {cell.task_id for cell in book.cells()}
    ends = {cell.task_id for cell in book.ends()} | (_leaves(graph) - known)
    nobodys = _made_twice(graph) | book.shared().keys()
    for task_id, outputs in run.task_results.items():
        names = [name for name in outputs if name not in nobodys]
        left = values.persons(names) if task_id in known | ends else {}
        bound.left |= left
        if task_id not in ends:
            version = newest.of(TaskId(task_id))
            is_read = version is not None and run.run_id in version.run_ids
            others = bound.inner if is_read else bound.kept
            others += [name for name in names if name not in left]
            continue
        made = {name: outputs[name] for name in names if name not in left}
        bound.absent += [value for value in made.values() if isinstance(value, Absent)]
        here = {name: made[name] for name in made if not isinstance(made[name], Absent)}
        bound.lost |= values.bind(here, run.run_id)
        bound.names += here
    return bound


def _graph(run: Run) -> Mapping[str, Any]:
    begun = (m["data"]["graph"] for m in run.log.read() if m["type"] == "start_workflow")
    return next(begun, {"tasks": [], "edges": []})


def _leaves(graph: Mapping[str, Any]) -> set[str]:
    """Return the ids of the tasks of a run whose outputs no other task of it reads."""
    read = {edge["source"] for edge in graph["edges"]}
    return {task["id"] for task in graph["tasks"]} - read


def _made_twice(graph: Mapping[str, Any]) -> set[str]:
    """Return the names that several tasks of a run make: nobody could tell whose is meant."""
    counts = Counter(name for task in graph["tasks"] for name in task["outputs"])
    return {name for name, count in counts.items() if count > 1}
