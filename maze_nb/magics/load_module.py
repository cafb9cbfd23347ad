"""A Python module with tasks and a workflow, read to be made task cells."""

from __future__ import annotations

import ast
import contextlib
import inspect
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from maze_nb.errors import CellError, MazeError, nearest
from maze_nb.sdk.flow import WorkflowFunction
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.sdk.workflow import Workflow

_PREFIX = "_loaded_by_maze_"


@dataclass(frozen=True)
class LoadedModule:
    """A module that has been run.

    Attributes
    ----------
    path, source, tree
        Where it is, and its code.
    variables
        What it has at its top.
    workflow
        The graph that its workflow makes.
    """

    path: Path
    source: str
    tree: ast.Module
    variables: dict[str, Any]
    workflow: Workflow

    def is_own(self, function: Any) -> bool:
        """Tell whether a function is defined in this module."""
        return bool(getattr(function, "__module__", None) == self.variables["__name__"])

    def task_function(self, name: str) -> Any:
        """Return the function of the task that has a name at the top, or None if none has it."""
        found = self.variables.get(name)
        return found.function if isinstance(found, TaskFunction) else None


def load_module(file: str, wanted: str | None) -> LoadedModule:
    """Run a module, and its workflow function, which makes a graph and runs no task.

    Parameters
    ----------
    wanted
        The name of the workflow, if there are several.

    Raises
    ------
    CellError
        If the module cannot be read or run, or has no such workflow.
    """
    path = Path(file).expanduser().resolve()
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CellError(f"{file} cannot be read: {error}") from None
    try:
        tree = ast.parse(source, str(path))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f" on line {line}" if line else ""
        what = getattr(error, "msg", None) or error
        raise CellError(f"{path.name} has a syntax error{where}: {what}") from None
    module = ModuleType(f"{_PREFIX}{path.stem}")
    module.__file__ = str(path)
    with _importable(module, path.parent):
        with _naming_errors(path, "cannot be run"):
            exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))  # noqa: S102
        function = _workflow(vars(module), wanted, path)
        with _naming_errors(path, f"has the workflow {function.name!r}, which cannot be made"):
            graph = function()
    return LoadedModule(path, source, tree, vars(module), graph)


@contextlib.contextmanager
def _importable(module: ModuleType, folder: Path) -> Iterator[None]:
    """Have a module be known by its name, and its neighbours be found, for a while."""
    sys.modules[module.__name__] = module
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.modules.pop(module.__name__, None)
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


@contextlib.contextmanager
def _naming_errors(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f" on line {lines[-1]}" if lines else ""
        kind = "" if isinstance(error, MazeError) else f"{type(error).__name__}: "
        raise CellError(f"{path.name} {what}{where}: {kind}{error}") from error


def _workflow(variables: dict[str, Any], wanted: str | None, path: Path) -> WorkflowFunction:
    own = variables["__name__"]
    flows = {
        name: value
        for name, value in variables.items()
        if isinstance(value, WorkflowFunction) and value.function.__module__ == own
    }
    if wanted is not None and wanted not in flows:
        raise CellError(f"{path.name} has no workflow {wanted!r}: {nearest(wanted, flows)}")
    if not flows:
        tasks = [name for name, value in variables.items() if isinstance(value, TaskFunction)]
        if not tasks:
            raise CellError(f"{path.name} has no @task functions, so there is nothing to load")
        raise CellError(
            f"{path.name} has tasks ({', '.join(tasks)}), but no @workflow function that says how "
            f"they hang together: add one"
        )
    if wanted is None and len(flows) > 1:
        raise CellError(
            f"{path.name} has {len(flows)} workflows: say which, as in "
            f"%load_maze {path.name} {next(iter(flows))} ({', '.join(flows)})"
        )
    function = flows[wanted] if wanted is not None else next(iter(flows.values()))
    lacking = [
        each.name
        for each in inspect.signature(function.function).parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if lacking:
        raise CellError(
            f"workflow {function.name!r} of {path.name} takes {', '.join(map(repr, lacking))}: "
            f"give defaults there, since cells have no arguments"
        )
    return function
