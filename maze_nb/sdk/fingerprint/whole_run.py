"""Digests that tell whether a workflow, or a task of it, does what one did before."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from maze_nb.errors import SerializationError
from maze_nb.sdk.asked import asked_of
from maze_nb.sdk.fingerprint.parts import Fingerprints
from maze_nb.wire.submission import MapOver

if TYPE_CHECKING:
    from maze_nb.sdk.freeze import Frozen
    from maze_nb.sdk.workflow_graph import WorkflowGraph


def task_digests(workflow: WorkflowGraph) -> dict[str, str]:
    """Return for each task what depends on its code, its inputs, and all that it depends on.

    What cannot be told apart by its content, and what depends on that, is left out.
    """
    fingerprints = Fingerprints(asked_of(workflow.get_tasks()))
    own: dict[str, str] = {}
    sources: dict[str, set[str]] = {str(task.task_id): set() for task in workflow.get_tasks()}
    for edge in workflow.graph().edges:
        sources[edge.target].add(edge.source)
    for task in workflow.get_tasks():
        try:
            parts = fingerprints.parts(task)
        except SerializationError:
            continue
        own[task.task_id] = _digest(
            [
                sorted(parts.code.items()),
                sorted(parts.inputs.items()),
                sorted(parts.upstream.items()),
                sorted(parts.items.items()),
            ]
        )
    return _with_sources(own, sources)


def whole_digest(frozen: Frozen, tasks: Mapping[str, str]) -> str:
    """Return what is the same for frozen workflows that do the same; empty if a task has no digest.

    Parameters
    ----------
    tasks
        The digests of the tasks.
    """
    if len(tasks) < len(frozen.graph.tasks):
        return ""
    maps: list[tuple[str, MapOver]] = sorted(frozen.maps.items(), key=lambda item: item[0])
    reads = sorted(frozen.reads.items())
    return _digest([frozen.graph, sorted(tasks.items()), maps, reads])


def _with_sources(own: Mapping[str, str], sources: Mapping[str, set[str]]) -> dict[str, str]:
    """Return digests that depend on those of all before; chains may be longer than the stack."""
    found: dict[str, str] = {}
    readers: dict[str, list[str]] = {}
    for task_id, before in sources.items():
        for each in before:
            readers.setdefault(each, []).append(task_id)
    waiting = {task_id: len(before) for task_id, before in sources.items()}
    ready = [task_id for task_id, count in waiting.items() if not count]
    while ready:
        task_id = ready.pop()
        above = [found.get(each) for each in sorted(sources[task_id])]
        if task_id in own and None not in above:
            found[task_id] = _digest([own[task_id], above])[:32]
        for reader in readers.get(task_id, ()):
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return found


def _digest(content: object) -> str:
    return hashlib.sha256(msgspec.msgpack.encode(content)).hexdigest()
