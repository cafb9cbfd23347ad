"""What an earlier, unfinished execution of this notebook has computed, and how it is taken up.

Whoever executes a notebook headless names a file by the environment variable `VARIABLE`. The kernel
notes there each run that it submits, with digests of what the tasks are made of. A kernel that is
given a file in which earlier ones have noted theirs goes on with their runs.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.model.ids import TaskId, WorkflowId, new_task_id, new_workflow_id

if TYPE_CHECKING:
    from maze_nb.sdk.freeze import Frozen
    from maze_nb.sdk.workflow_graph import WorkflowGraph

VARIABLE = "MAZE_NOTEBOOK_RUNS"
"""Names the file, if any, in which this kernel notes its runs, and finds those of earlier ones."""

Place = tuple[str, int]
"""The id of a workflow, and which of its runs it is, counted from 0."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A run as it was noted.

    ``signature`` is the same for runs that do the same; it is empty if that cannot be known.
    ``tasks`` has by task id what is the same for tasks that make the same.
    """

    run_id: str
    signature: str
    tasks: Mapping[str, str] = field(default_factory=dict)


class Resumption:
    """The runs that are noted in one file.

    Ids of workflows and tasks follow from the name of the file, from names, and from the order in
    which workflows and tasks of one name are made. So tasks that are made again have the ids that
    they had before, also where a cell between them was changed.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seed = uuid.uuid5(uuid.NAMESPACE_URL, file.stem)
        self._made: Counter[tuple[str, str]] = Counter()
        self._submitted: Counter[str] = Counter()
        self._earlier = dict(_read(file))

    def workflow_id(self, name: str | None) -> WorkflowId:
        """Return the id of the next workflow of this name."""
        return WorkflowId(self._next("workflow", name or "").hex)

    def task_id(self, workflow_id: str, name: str) -> TaskId:
        """Return the id of the next task of this name in a workflow."""
        return TaskId(self._next(workflow_id, name).hex)

    def next_place(self, workflow_id: str) -> Place:
        """Return the place of the next run of a workflow."""
        self._submitted[workflow_id] += 1
        return workflow_id, self._submitted[workflow_id] - 1

    def earlier(self, place: Place) -> Noted | None:
        """Return the run that an earlier kernel has submitted last at a place, if one has."""
        return self._earlier.get(place)

    def note(self, place: Place, noted: Noted) -> None:
        """Note a run that is submitted at a place."""
        line = {
            "workflow": place[0],
            "number": place[1],
            "run_id": noted.run_id,
            "signature": noted.signature,
            "tasks": dict(noted.tasks),
        }
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _next(self, where: str, name: str) -> uuid.UUID:
        self._made[where, name] += 1
        return uuid.uuid5(self._seed, json.dumps([where, name, self._made[where, name]]))


@functools.cache
def resumption() -> Resumption | None:
    """Return the runs of this notebook, if it is executed so that it can be resumed.

    Only in its kernel: what the kernel has started has the same environment, but is not it.
    """
    file = os.environ.get(VARIABLE)
    return Resumption(Path(file)) if file and _is_kernel() else None


def workflow_id_for(name: str | None) -> WorkflowId:
    """Return an id for a new workflow."""
    found = resumption()
    return new_workflow_id() if found is None else found.workflow_id(name)


def task_id_for(workflow_id: str, name: str) -> TaskId:
    """Return an id for a new task of a workflow."""
    found = resumption()
    return new_task_id() if found is None else found.task_id(workflow_id, name)


def noted(workflow: WorkflowGraph, frozen: Frozen) -> Noted:
    """Return a frozen workflow as it is noted."""
    # Few processes note their runs, and what digests are made with takes long to import.
    from maze_nb.sdk.fingerprint.whole_run import task_digests, whole_digest

    tasks = task_digests(workflow)
    return Noted(frozen.run_id, whole_digest(frozen, tasks), tasks)


def _read(file: Path) -> Iterator[tuple[Place, Noted]]:
    """Yield what is noted; a line cut short by a kernel that was killed is passed over."""
    if not file.exists():
        return
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            told: dict[str, Any] = json.loads(line)
            place = str(told["workflow"]), int(told["number"])
            yield place, Noted(told["run_id"], told["signature"], told["tasks"])
        except (ValueError, KeyError, TypeError):
            continue


def _is_kernel() -> bool:
    shell = sys.modules.get("IPython.core.interactiveshell")
    return shell is not None and shell.InteractiveShell.initialized()
