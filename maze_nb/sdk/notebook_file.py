"""A notebook file read to be run as a task: its content, its parameters, the modules beside it."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maze_nb.errors import WorkflowError
from maze_nb.runners.notebook import Notebook
from maze_nb.sdk.module_source import find_module_beside, imports_in
from maze_nb.sdk.notebook_parameters import TAG, Parameter, assigned_parameters

_SHOWN_STATE = ("widgets", "papermill")


@dataclass(frozen=True, slots=True)
class NotebookFile:
    """A notebook as it is now.

    Attributes
    ----------
    notebook
        What travels.
    parameters
        The names in its cell tagged ``parameters``; None if it has none, or is not in Python.
    typed
        What is known of those that have a default, by name.
    """

    notebook: Notebook
    parameters: tuple[str, ...] | None
    typed: Mapping[str, Parameter] = field(default_factory=dict)


def read_notebook_file(path: str | Path, *, kernel: str | None, slots: int) -> NotebookFile:
    """Read a notebook, with the local modules that it imports.

    Parameters
    ----------
    kernel
        The kernel to use instead of the one that it names.
    slots
        How many slots a cluster that is started in it has.

    Raises
    ------
    WorkflowError
        If it cannot be read.
    SerializationError
        If a module is too large to travel.
    """
    file = Path(path).expanduser().absolute()
    content = _read(file)
    trees = list(_trees(content)) if _is_python(content) else []
    names = {name for tree, _ in trees for name in imports_in(tree)}
    modules = tuple(sorted(_modules(names, file.parent).items()))
    found = Notebook(
        file.name, str(file.parent), _normal(content), modules, kernel or "", max(slots, 1)
    )
    marked = [tree for tree, is_marked in trees if is_marked]
    if not marked:
        return NotebookFile(found, None)
    return NotebookFile(found, tuple(_assigned(marked[0])), assigned_parameters(marked[0]))


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise WorkflowError(f"the notebook {file} cannot be read: {reason}") from error
    content: Any
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WorkflowError(f"{file} is not a notebook: {error}") from error
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise WorkflowError(f"{file} is not a notebook of format 4: it has no list of cells")
    return dict(content)


def _normal(content: dict[str, Any]) -> bytes:
    """Return a notebook as bytes that are the same whatever it showed when it was saved."""
    cells = []
    for cell in content["cells"]:
        if cell.get("cell_type") == "code":
            cell = {**cell, "outputs": [], "execution_count": None}
        cells.append({**cell, "metadata": _without_state(cell.get("metadata"))})
    metadata = _without_state(content.get("metadata"))
    return json.dumps({**content, "cells": cells, "metadata": metadata}, sort_keys=True).encode()


def _without_state(metadata: object) -> dict[str, Any]:
    held = metadata if isinstance(metadata, dict) else {}
    return {key: value for key, value in held.items() if key not in (*_SHOWN_STATE, "execution")}


def _is_python(content: dict[str, Any]) -> bool:
    spec = (content.get("metadata") or {}).get("kernelspec") or {}
    return str(spec.get("language", "python")).lower() == "python"


def _trees(content: dict[str, Any]) -> Iterator[tuple[ast.Module, bool]]:
    """Yield each code cell that can be read, and whether it is the one with the parameters."""
    from IPython.core.inputtransformer2 import TransformerManager

    for cell in content["cells"]:
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(map(str, source))
        # What cannot be read is told where it runs.
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(TransformerManager().transform_cell(text))
        except (SyntaxError, ValueError, RecursionError):
            continue
        yield tree, TAG in ((cell.get("metadata") or {}).get("tags") or ())


def _assigned(tree: ast.Module) -> Iterator[str]:
    for statement in tree.body:
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _modules(names: set[str], folder: Path) -> dict[str, bytes]:
    """Return the files of all modules beside a notebook that it imports, by where they go."""
    found: dict[str, bytes] = {}
    seen, waiting = set(names), sorted(names)
    while waiting:
        module = find_module_beside(waiting.pop(), folder)
        if module is None:
            continue
        found.update((file.place, file.path.read_bytes()) for file in module.files)
        waiting += sorted(module.imports - seen)
        seen |= module.imports
    return found
