"""What the result cache has for the tasks of a run, before any of them has run."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from maze_nb.model.graph import Graph
from maze_nb.model.ids import TaskId
from maze_nb.model.output import OutputInfo
from maze_nb.scheduler.eviction import are_here
from maze_nb.store.cache_entry import CacheEntry, key_of, why
from maze_nb.store.result_cache import ResultCache
from maze_nb.wire.submission import CacheParts, MapOver, PlannedTask, Submission

NOT_ASKED = "not cached: it has no cache=True"
_ALL_ANEW = "all are to be computed anew"

Digests = dict[tuple[str, str], str]


@dataclass(slots=True)
class Found:
    """What the cache has for the tasks of a run, before any of them has run.

    ``items`` are the entries of the items of maps whose lists are known.
    """

    entries: dict[TaskId, CacheEntry] = field(default_factory=dict)
    items: dict[TaskId, list[CacheEntry | None]] = field(default_factory=dict)
    lengths: dict[tuple[str, str], int | None] = field(default_factory=dict)
    digests: Digests = field(default_factory=dict)


def plan_of(cache: ResultCache | None, submission: Submission) -> list[PlannedTask]:
    """Return for each task of a workflow whether it would run, and why."""
    found = look_up_all(cache, submission, {})
    names: dict[str, str] = {task.task_id: task.name for task in submission.graph.tasks}
    return [
        _planned(cache, task.task_id, submission, found, names) for task in submission.graph.tasks
    ]


def _planned(
    cache: ResultCache | None,
    task_id: TaskId,
    submission: Submission,
    found: Found,
    names: Mapping[str, str],
) -> PlannedTask:
    entry, name = found.entries.get(task_id), names[task_id]
    if entry is not None:
        return PlannedTask(task_id, name, "cached", "", entry.duration, entry.nbytes)
    parts = submission.cached.get(task_id)
    if parts is None or cache is None:
        return PlannedTask(task_id, name, "runs", NOT_ASKED)
    if submission.refresh:
        return PlannedTask(task_id, name, "runs", _ALL_ANEW)
    if task_id in submission.maps:
        return _planned_map(found.items.get(task_id), (task_id, name))
    latest = cache.latest(parts.task)
    reason = why(parts, found.digests, latest, names)
    duration = None if latest is None else latest.duration
    return PlannedTask(task_id, name, "runs", reason, duration)


def _planned_map(found: list[CacheEntry | None] | None, who: tuple[str, str]) -> PlannedTask:
    """Return how many items of a map would run, given what there is of each if that is known."""
    if found is None:
        return PlannedTask(*who, "runs", "what it maps over is known only when it runs")
    entries = [entry for entry in found if entry is not None]
    if len(entries) < len(found):
        missing = len(found) - len(entries)
        fewer = f"{missing} of its {len(found)} items {'is' if missing == 1 else 'are'} not cached"
        return PlannedTask(*who, "runs", fewer)
    duration, nbytes = sum(each.duration for each in entries), sum(each.nbytes for each in entries)
    return PlannedTask(*who, "cached", "", duration, nbytes)


def item_parts(parts: CacheParts, lists: Mapping[str, str], index: int) -> CacheParts:
    """Return what the outputs of one item of a map depend on.

    So an item of a list that was given is known by its own content, wherever it stands, and an
    item of what another task made by that and its number.

    Parameters
    ----------
    parts
        What all of them depend on.
    lists
        The digests of the outputs of other tasks that the map goes over, by input.
    """
    own = {name: digests[index] for name, digests in parts.items.items()}
    for name, digest in lists.items():
        own[name] = hashlib.sha256(f"{digest}[{index}]".encode()).hexdigest()
    return replace(parts, inputs={**parts.inputs, **own}, items={})


def look_up_all(cache: ResultCache | None, submission: Submission, digests: Digests) -> Found:
    """Return what the cache has for tasks whose inputs are known, sources first.

    Parameters
    ----------
    digests
        Those of outputs that are known already.
    """
    found = Found(digests=dict(digests))
    if cache is None or submission.refresh:
        return found
    for task_id in _sources_first(submission.graph):
        parts = submission.cached.get(task_id)
        if parts is None:
            continue
        if task_id in submission.maps:
            _look_up_items(cache, task_id, parts, submission.maps[task_id], found)
            continue
        entry = _usable(cache, known_key(parts, found.digests))
        if entry is not None:
            found.entries[task_id] = entry
            found.digests.update(digests_of(task_id, entry.outputs))
            found.lengths.update({(task_id, info.name): info.length for info in entry.outputs})
    return found


def _look_up_items(
    cache: ResultCache, task_id: TaskId, parts: CacheParts, over: MapOver, found: Found
) -> None:
    """Note what there is of the items of a map, and of its lists if all are there."""
    counts = {found.lengths.get(output) for output in over.lists.values()}
    counts |= set() if over.count is None else {over.count}
    lists = {name: found.digests.get(output, "") for name, output in over.lists.items()}
    count = counts.pop() if len(counts) == 1 else None
    if count is None or not all(lists.values()):
        return
    keys = (known_key(item_parts(parts, lists, n), found.digests) for n in range(count))
    entries = found.items[task_id] = [_usable(cache, key) for key in keys]
    items = [None if each is None else digests_of(task_id, each.outputs) for each in entries]
    found.digests.update(list_digests(items))


def list_digests(items: Sequence[Digests | None]) -> Digests:
    """Return the digests of the lists of a map, given those of its items under its own id."""
    if not items or not all(items):
        return {}
    known = [each for each in items if each]
    return {
        output: hashlib.sha256("\n".join(each[output] for each in known).encode()).hexdigest()
        for output in known[0]
        if all(output in each for each in known)
    }


def _usable(cache: ResultCache, key: str | None) -> CacheEntry | None:
    entry = None if key is None else cache.get(key)
    return entry if entry is not None and are_here(entry.outputs) else None


def known_key(parts: CacheParts, digests: Mapping[tuple[str, str], str]) -> str | None:
    """Return the key of a task, None if the digest of an output that it reads is not known."""
    try:
        return key_of(parts, digests)
    except KeyError:
        return None


def digests_of(task_id: TaskId, outputs: Iterable[OutputInfo]) -> Digests:
    """Return the digests of what a task made, as far as they are known."""
    found: Digests = {}
    for output in outputs:
        if output.content:
            found[task_id, output.name] = output.content
        elif output.inline is not None:
            found[task_id, output.name] = hashlib.sha256(output.inline).hexdigest()
        elif output.stored is not None:
            found[task_id, output.name] = output.stored.digest
    return found


def _sources_first(graph: Graph) -> list[TaskId]:
    """Return the tasks such that each comes after what it depends on."""
    waiting = {task.task_id: 0 for task in graph.tasks}
    for edge in graph.edges:
        waiting[edge.target] += 1
    order = [task_id for task_id, count in waiting.items() if count == 0]
    dependents = graph.dependents()
    for task_id in order:
        for target in dependents[task_id]:
            waiting[target] -= 1
            if waiting[target] == 0:
                order.append(target)
    return order
