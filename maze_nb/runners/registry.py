"""Which runner executes which kind of task."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from maze_nb.errors import WorkflowError, nearest
from maze_nb.runners.protocol import Runner
from maze_nb.runners.python import PythonRunner

_BUILT_IN: dict[str, type[Runner]] = {"python": PythonRunner}


@cache
def runner_for(kind: str) -> Runner:
    """Return the runner of a kind: a built-in one, or one that a package offers.

    Packages offer runners as entry points of the group ``maze_nb.runners``.

    Raises
    ------
    WorkflowError
        If nothing installed here executes this kind.
    """
    if kind in _BUILT_IN:
        return _BUILT_IN[kind]()
    offered = {point.name: point for point in entry_points(group="maze_nb.runners")}
    if kind not in offered:
        hint = nearest(kind, [*_BUILT_IN, *offered])
        raise WorkflowError(f"no runner for tasks of kind {kind!r} is installed here: {hint}")
    runner: Runner = offered[kind].load()()
    return runner
