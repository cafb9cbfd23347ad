"""Which runner executes which kind of task."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points

from maze_nb.errors import WorkflowError, nearest
from maze_nb.runners.commands.runner import CommandRunner
from maze_nb.runners.commands.shell_cell import ShellCellRunner
from maze_nb.runners.notebook import NotebookRunner
from maze_nb.runners.protocol import Runner
from maze_nb.runners.python import PythonRunner


def _containers() -> Runner:
    # Whoever submits tasks imports this module, and runs none of them.
    from maze_nb.runners.containers.runner import ContainerRunner

    return ContainerRunner()


_BUILT_IN: dict[str, Callable[[], Runner]] = {
    "python": PythonRunner,
    "command": CommandRunner,
    "container": _containers,
    "notebook": NotebookRunner,
    "shell": ShellCellRunner,
}
_GROUP = "maze_nb.runners"
_in_use: list[PythonRunner] = []


def known_kinds() -> list[str]:
    """Return the kinds of tasks that can be executed by what is installed here."""
    return sorted({*_BUILT_IN, *(point.name for point in entry_points(group=_GROUP))})


def forget_functions() -> None:
    """Have runners load functions anew, as the modules behind them are others now."""
    for runner in _in_use:
        runner.forget()


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
        found = _BUILT_IN[kind]()
        if isinstance(found, PythonRunner):
            _in_use.append(found)
        return found
    offered = {point.name: point for point in entry_points(group=_GROUP)}
    if kind not in offered:
        hint = nearest(kind, [*_BUILT_IN, *offered])
        raise WorkflowError(f"no runner for tasks of kind {kind!r} is installed here: {hint}")
    runner: Runner = offered[kind].load()()
    return runner
