"""What one message says, in words, without the name of its task."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.humane import count_text, duration_text, short_id, size_text
from maze_nb.projection.log_tail import printed_text
from maze_nb.projection.looks import state_word
from maze_nb.projection.message import (
    Message,
    data_of,
    listed,
    mapping_of,
    number_of,
    text_of,
    type_of,
    whole_of,
    wholes_of,
)
from maze_nb.projection.reuse import reuse_text
from maze_nb.projection.wording import failure_kind, failure_line, skip_text

Data = Mapping[str, object]
TEXT_CHARS = 2_000
PLACE_CHARS = 300
NODES_TOLD = 4
DEVICES_TOLD = 10
MB = 2**20


def message_text(message: Message) -> str:
    """Return one message as text, such as ``started on node-a · GPU 0``.

    A type that is not known is shown as such, with no guess at what it means.
    """
    says = _WORDS.get(type_of(message))
    if says is None:
        return f"unknown message {first_line(type_of(message), 100)!r}"
    return says(data_of(message))


def place_text(data: Data) -> str:
    """Return where a task runs: its node (else its address) and GPU devices."""
    node = text_of(data.get("node_id")) or text_of(data.get("node_ip"))
    gpus = wholes_of(data.get("gpu_ids"))
    devices = f"GPU {', '.join(map(str, gpus))}" if gpus else None
    return " · ".join(part for part in (node, devices) if part)


def error_text(data: Data) -> str:
    """Return a failure as ``Type: first line of its message``, or ``timed out: …``."""
    return failure_line(mapping_of(data.get("error")))


def _start_workflow(data: Data) -> str:
    graph = mapping_of(data.get("graph"))
    tasks = sum(1 for _ in listed(graph.get("tasks")))
    name = first_line(data.get("workflow_name") or graph.get("name")) or "workflow"
    return f"{name}: {count_text(tasks, 'task')}, run {short_id(str(data.get('run_id') or ''))}"


def _resume_workflow(data: Data) -> str:
    kept = whole_of(data.get("kept"))
    said = _with_reason(f"run {short_id(str(data.get('run_id') or ''))} resumed", data)
    return said if kept is None else f"{said}; {count_text(kept, 'result')} kept"


def _finish_workflow(data: Data) -> str:
    status = state_word(str(data.get("status") or "finished"))
    run = f"run {short_id(str(data.get('run_id') or ''))} {status}"
    return f"{run}{_duration(data, ' in ')}"


def _task_pending(data: Data) -> str:
    return _with_reason("pending", data)


def _start_task(data: Data) -> str:
    place = place_text(data)
    attempt = whole_of(data.get("attempt")) or 1
    again = f" (attempt {attempt})" if attempt > 1 else ""
    return f"started{f' on {place}' if place else ''}{again}"


def _finish_task(data: Data) -> str:
    place = bounded_text(data.get("result_location"), PLACE_CHARS)
    # The folder on its node is where the files of any task are.
    files = f", files at {place}" if place and not place.startswith("file:") else ""
    return reuse_text(data.get("reused_from")) or f"finished{_duration(data, ' in ')}{files}"


def _task_exception(data: Data) -> str:
    kind = failure_kind(mapping_of(data.get("error")).get("type"))
    return error_text(data) if kind else f"failed: {error_text(data)}"


def _task_retry(data: Data) -> str:
    delay = number_of(data.get("delay")) or 0
    word = f"retrying in {duration_text(delay)}" if delay > 0 else "retrying"
    if (attempt := whole_of(data.get("attempt"))) is not None:
        word += f" (attempt {attempt + 1})"
    if mapping_of(data.get("error")):
        return f"{word}: {error_text(data)}"
    return _with_reason(word, data)


def _task_skipped(data: Data) -> str:
    cause = first_line(mapping_of(data.get("root_cause")).get("task_name"))
    why = skip_text(cause, data.get("reason"))
    return f"skipped: {why}" if why else "skipped"


def _task_cancelled(data: Data) -> str:
    return _with_reason("cancelled", data)


def _task_progress(data: Data) -> str:
    done, total = number_of(data.get("done")), number_of(data.get("total"))
    share = f"{done:g}" if done is not None else ""
    if share and total is not None:
        share = f"{share}/{total:g}"
    note = first_line(data.get("message"))
    return " · ".join(part for part in (share, note) if part) or "working"


def _task_log(data: Data) -> str:
    return printed_text(data.get("text"), TEXT_CHARS)


def _task_display(data: Data) -> str:
    kinds = [str(kind) for kind in mapping_of(data.get("data"))]
    best = next((kind for kind in kinds if kind != "text/plain"), "text/plain")
    return f"displayed {first_line(best, 100)}"


def _task_expanded(data: Data) -> str:
    return f"maps over {count_text(whole_of(data.get('count')) or 0, 'item')}"


def _node_usage(data: Data) -> str:
    nodes = [mapping_of(node) for node in listed(data.get("nodes"))]
    said = [_use_text(node) for node in nodes[:NODES_TOLD]]
    left = len(nodes) - len(said)
    return "; ".join([*said, *([f"{left:,} more"] if left else [])]) or "no nodes"


def _use_text(node: Data) -> str:
    cpu = round(100 * (number_of(node.get("cpu")) or 0))
    said = [f"CPU {cpu} %", _megabytes(node.get("memory"))]
    for device in map(mapping_of, listed(node.get("devices"))):
        load = number_of(device.get("load"))
        share = "" if load is None else f" {round(100 * load)} %"
        vram = _megabytes(device.get("used"))
        said.append(f"GPU {whole_of(device.get('index'))}{share} {vram}")
    return f"{first_line(node.get('node_id'), 100)}: {', '.join(said[:DEVICES_TOLD])}"


def _megabytes(amount: object) -> str:
    return size_text((number_of(amount) or 0) * MB)


_WORDS: dict[str, Callable[[Data], str]] = {
    "start_workflow": _start_workflow,
    "resume_workflow": _resume_workflow,
    "finish_workflow": _finish_workflow,
    "task_pending": _task_pending,
    "start_task": _start_task,
    "finish_task": _finish_task,
    "task_exception": _task_exception,
    "task_retry": _task_retry,
    "task_skipped": _task_skipped,
    "task_cancelled": _task_cancelled,
    "task_progress": _task_progress,
    "task_log": _task_log,
    "task_display": _task_display,
    "task_expanded": _task_expanded,
    "node_usage": _node_usage,
}


def _with_reason(word: str, data: Data) -> str:
    reason = first_line(data.get("reason"), 500)
    return f"{word}: {reason}" if reason else word


def _duration(data: Data, before: str) -> str:
    seconds = number_of(data.get("duration"))
    return "" if seconds is None else f"{before}{duration_text(seconds)}"
