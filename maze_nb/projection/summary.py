"""The fold of a run's messages into the dictionary that ``show_results`` returns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypedDict

from maze_nb.model.states import RunStatus
from maze_nb.projection.message import Message, data_of, listed, mapping_of, text_of, type_of


class RunSummary(TypedDict):
    """What a run came to.

    ``task_results`` has the outputs of each task that succeeded, by task id, as they came with
    the message: values fetched lazily stay unfetched. Those of the items of a map are in its lists.
    ``exception_tasks`` are the ids of the tasks that failed. ``workflow_completed`` is true when
    every task succeeded, or was skipped as its condition says.
    """

    run_id: str
    status: str
    workflow_completed: bool
    task_results: dict[str, Mapping[str, object]]
    has_exception: bool
    exception_tasks: list[str]


def summarize(messages: Iterable[Message]) -> RunSummary:
    """Return what the run of these messages came to, as far as they tell.

    Parameters
    ----------
    messages
        ``{"type", "data", "seq", "time"}`` in order; duplicates change nothing.
    """
    run_id, status, says_exception = "", RunStatus.PENDING.value, False
    known: set[str] = set()
    maps: set[str] = set()
    not_chosen: set[str] = set()
    results: dict[str, Mapping[str, object]] = {}
    failed: dict[str, None] = {}
    for message in messages:
        kind, data = type_of(message), data_of(message)
        run_id = run_id or str(data.get("run_id") or "")
        if kind == "start_workflow":
            status = RunStatus.RUNNING.value
            known.update(_task_ids(data))
        elif kind == "resume_workflow":
            status, says_exception = RunStatus.RUNNING.value, False
        elif kind == "finish_workflow":
            status = str(data.get("status") or status)
            says_exception = bool(data.get("has_exception"))
        elif (task_id := text_of(data.get("task_id"))) is not None:
            known.add(task_id)
            if kind == "task_expanded":
                maps.add(task_id)
            elif kind == "task_skipped" and data.get("is_chosen"):
                not_chosen.add(task_id)
            _note_outcome(task_id, kind, data, results, failed)
    return {
        "run_id": run_id,
        "status": status,
        "workflow_completed": status == RunStatus.SUCCEEDED
        and known <= results.keys() | not_chosen,
        "task_results": {
            task_id: found
            for task_id, found in results.items()
            if task_id.rpartition(".")[0] not in maps
        },
        "has_exception": says_exception or bool(failed),
        "exception_tasks": list(failed),
    }


def _task_ids(data: Mapping[str, object]) -> list[str]:
    tasks = listed(mapping_of(data.get("graph")).get("tasks"))
    ids = (text_of(mapping_of(task).get("id")) for task in tasks)
    return [task_id for task_id in ids if task_id is not None]


def _note_outcome(
    task_id: str,
    kind: str,
    data: Mapping[str, object],
    results: dict[str, Mapping[str, object]],
    failed: dict[str, None],
) -> None:
    if kind == "finish_task":
        results[task_id] = mapping_of(data.get("result"))
        failed.pop(task_id, None)
    elif kind == "task_exception":
        failed[task_id] = None
        results.pop(task_id, None)
    elif kind in ("task_retry", "start_task"):
        failed.pop(task_id, None)
        results.pop(task_id, None)
