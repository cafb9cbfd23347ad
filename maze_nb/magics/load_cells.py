"""The tasks of a module's workflow as task cells, after a cell for what they share."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections import Counter
from dataclasses import dataclass

from maze_nb.errors import CellError
from maze_nb.magics.load_cell import CellText, cell_text
from maze_nb.magics.load_module import LoadedModule
from maze_nb.magics.load_setup import names_of, setup_text
from maze_nb.sdk.signature import DEFAULT_OUTPUT
from maze_nb.sdk.workflow_task import WorkflowTask
from maze_nb.sdk.written.names import identifier


@dataclass(frozen=True)
class LoadedCells:
    """A module as cells.

    Attributes
    ----------
    setup
        Code for a cell that is no task; may be empty.
    cells
        Each after those it reads from.
    left_out
        What of the module is in none of them, said in words.
    """

    setup: str
    cells: tuple[CellText, ...]
    left_out: tuple[str, ...]


def cells_of(module: LoadedModule) -> LoadedCells:
    """Return a module as cells.

    Raises
    ------
    CellError
        If one of its tasks cannot be a cell.
    """
    tasks = module.workflow.get_tasks()
    if not tasks:
        raise CellError(
            f"workflow {module.workflow.name!r} of {module.path.name} calls no tasks, so there is "
            f"nothing to load"
        )
    for target, sources in module.workflow.order_edges().items():
        after = module.workflow.get_task(target).name
        raise CellError(
            f"task {after!r} runs after {sources[0].name!r} with no data between them, which cells "
            f"cannot: have it read an output of {sources[0].name!r}"
        )
    setup = setup_text(module)
    made = names_of(setup) if setup.strip() else set()
    taken = (made - _taken_over(tasks, setup, module)) | _built_in(module)
    variables = _variables(tasks, taken)
    names = _names(tasks)
    cells = tuple(
        cell_text(task, name, variables, module, made)
        for task, name in zip(tasks, names, strict=True)
    )
    left_out = [
        f"retry_on of task {task.name!r}, as cells have no such option"
        for task in tasks
        if task.options.retry_types
    ]
    return LoadedCells(setup, cells, tuple(left_out))


def _taken_over(tasks: list[WorkflowTask], setup: str, module: LoadedModule) -> set[str]:
    """Return the variables of the notebook that one task takes and gives on, and nobody else reads.

    As in the notebook, they can have one name.
    """
    readers = Counter(
        name
        for task in tasks
        for name, value in task.inputs.items()
        if module.variables.get(name) is value
    )
    used = {
        node.id
        for node in ast.walk(ast.parse(setup))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return {
        name
        for task in tasks
        for name in task.function.outputs
        if readers[name] == 1 and task.inputs.get(name) is module.variables.get(name)
    } - used


def _built_in(module: LoadedModule) -> set[str]:
    """Return the names of Python's own that functions of the module mean as such."""
    found: set[str] = set()
    for node in module.tree.body:
        names = [each for each in ast.walk(node) if isinstance(each, ast.Name)]
        own = {each.id for each in names if isinstance(each.ctx, ast.Store)}
        own |= {each.arg for each in ast.walk(node) if isinstance(each, ast.arg)}
        found |= {each.id for each in names} - own
    return found & set(dir(builtins))


def _variables(tasks: list[WorkflowTask], made: set[str]) -> dict[tuple[str, str], str]:
    """Return a name for each output that no other and nothing in the notebook has."""
    wanted = Counter(output for task in tasks for output in task.function.outputs)
    taken = {*made, *keyword.kwlist}
    found: dict[tuple[str, str], str] = {}
    for task in tasks:
        for output in task.function.outputs:
            own = identifier(output).lstrip("_") or "made"
            label = identifier(task.name)
            if output == DEFAULT_OUTPUT:
                base = own if wanted[output] == 1 and own not in taken else f"{label}_{own}"
            else:
                base = own if own not in taken else f"{label}_{own}"
            name, number = base, 1
            while name in taken:
                number += 1
                name = f"{base}_{number}"
            taken.add(name)
            found[task.task_id, output] = name
    return found


def _names(tasks: list[WorkflowTask]) -> list[str]:
    taken: set[str] = set()
    names = []
    for task in tasks:
        number, name = 1, task.name
        while name in taken:
            number += 1
            name = f"{task.name}-{number}"
        taken.add(name)
        names.append(name)
    return names
