"""Goes on with a run that an earlier kernel of this notebook has submitted."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from maze_nb.errors import MazeError
from maze_nb.model.states import RunStatus
from maze_nb.sdk.look_up import catch_up
from maze_nb.sdk.resumption import Noted, noted, resumption
from maze_nb.sdk.run_index import RunIndex
from maze_nb.wire.submission import RunSummary

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.freeze import Frozen
    from maze_nb.sdk.workflow_graph import WorkflowGraph

_PATIENCE = 30.0
_PAUSE = 0.2
_GOES_ON = (RunStatus.PENDING, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Begun:
    """What is there already of a run that is to be submitted.

    ``run_id`` is the run that goes on in its place, if one does; ``taken`` has by task id the runs
    that have what tasks make.
    """

    run_id: str | None = None
    taken: Mapping[str, str] = field(default_factory=dict)


def begin(client: MaClient, workflow: WorkflowGraph, frozen: Frozen) -> Begun:
    """Note a run that is to be submitted, if this notebook can be resumed, and look for it.

    The run that an earlier kernel has submitted in its place goes on, if it does the same and is
    not lost: interrupted, it is taken up; with failed or cancelled tasks, only these are computed,
    in a new run. If it does something else, what is the same of it is taken.
    """
    book = resumption()
    if book is None:
        return Begun()
    now = noted(workflow, frozen)
    place = book.next_place(workflow.workflow_id)
    earlier = book.earlier(place)
    try:
        begun = Begun() if earlier is None else _begun(client, earlier, now)
    except MazeError as error:
        # A notebook that is computed anew is worth more than one that cannot go on at all.
        warnings.warn(f"what an earlier run has made cannot be taken: {error}", stacklevel=4)
        begun = Begun()
    book.note(place, replace(now, run_id=begun.run_id or now.run_id))
    return begun


def _begun(client: MaClient, earlier: Noted, now: Noted) -> Begun:
    if now.signature and earlier.signature == now.signature:
        return Begun(_carry_on(client, earlier.run_id))
    return Begun(taken=_still_valid(client, earlier, now))


def _still_valid(client: MaClient, earlier: Noted, now: Noted) -> dict[str, str]:
    """Return, by task id, the run that has what a task makes, though other tasks have changed."""
    same = {task for task, digest in now.tasks.items() if earlier.tasks.get(task) == digest}
    found = _settled(client, earlier.run_id) if same else None
    if found is None:
        return {}
    run = client.get_run(earlier.run_id)
    catch_up(run, found)
    index = RunIndex(run.log)
    index.refresh()
    goes_on = found.status in _GOES_ON
    return {
        task: earlier.run_id
        for task in same
        if (index.final[task]["type"] == "finish_task" if task in index.final else goes_on)
    }


def _carry_on(client: MaClient, run_id: str) -> str | None:
    found = _settled(client, run_id)
    if found is None:
        return None
    if found.status == RunStatus.INTERRUPTED:
        client.resume(run_id)
    elif found.status not in (*_GOES_ON, RunStatus.SUCCEEDED):
        return client.get_run(run_id).rerun(failed_only=True).run_id
    return run_id


def _settled(client: MaClient, run_id: str) -> RunSummary | None:
    """Return what is known of a run, once it is not that of a process that is about to end."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = next((run for run in client.runs() if run.run_id == run_id), None)
        if found is None or found.is_here or found.status not in _GOES_ON:
            return found
        if time.monotonic() > deadline:
            raise MazeError(f"run {run_id} goes on in another process: wait for it, or end it")
        time.sleep(_PAUSE)
