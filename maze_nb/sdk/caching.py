"""Which tasks of a workflow use the result cache, and what their outputs depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from maze_nb.errors import SerializationError
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.asked import asked_of
from maze_nb.sdk.cache_scope import scoped
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.submission import TOLD_BY_TEXT, CacheParts

CacheUse = bool | Literal["refresh"] | None
"""Whether all tasks use the result cache, or none; ``"refresh"``: those with ``cache=True`` put
what they make there and take nothing from it; None: they do both."""


def cached_parts(workflow: WorkflowGraph, cache: CacheUse) -> dict[str, CacheParts]:
    """Return, by task id, what the outputs of cached tasks depend on.

    Parameters
    ----------
    cache
        How to use the result cache, as for ``Workflow.run``.

    Raises
    ------
    SerializationError
        If a function or a value of a task that has to use it cannot be pickled.
    """
    wanted = [
        task
        for task in workflow.get_tasks()
        if (cache if isinstance(cache, bool) else task.options.options.cache)
    ]
    if not wanted:
        return {}
    from maze_nb.sdk.fingerprint import Fingerprints

    fingerprints = Fingerprints(asked_of(workflow.get_tasks()))
    found: dict[str, CacheParts] = {}
    for task in wanted:
        try:
            found[task.task_id] = scoped(fingerprints.parts(task))
        except SerializationError:
            # Cells are cached unless they say otherwise: nobody asked for it.
            if cache is True or not isinstance(task.function.function, CellFunction):
                raise
    return found


def note_run(parts: Mapping[str, CacheParts]) -> None:
    """Note that tasks are run which depend on these parts.

    What is kept of them is found again by what ran, also where a module that was edited is loaded
    again only later.
    """
    if any(TOLD_BY_TEXT in each.code for each in parts.values()):
        from maze_nb.sdk.fingerprint.edited import note_text_run

        for each in parts.values():
            note_text_run(each.code)
