"""What a notebook cell reaches: its source, and what it took along from the notebook."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any

from maze_nb.errors import SerializationError
from maze_nb.runners.cell import NOTEBOOK, Captured, CellFunction
from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.reach import Reach
from maze_nb.sdk.fingerprint.reads import reads_of
from maze_nb.sdk.fingerprint.source import normal
from maze_nb.wire.code import load_value

CELL = "the cell"
IMPORTS = "its imports"
VARIABLE = "notebook variable"


def cell_parts(
    function: CellFunction, captured: Mapping[str, Captured], reach: Reach
) -> dict[str, str]:
    """Return the parts of a cell.

    Parameters
    ----------
    captured
        What it took along, as inputs of its task.
    reach
        Follows what it looks up.

    Raises
    ------
    SerializationError
        If something of it cannot be loaded here.
    """
    namespace = _loaded(function, captured)
    code = _compiled(function.source)
    prelude = [_compiled(statement) for statement in function.prelude]
    behind = reach.add_reads(code, namespace, VARIABLE)
    for statement in prelude:
        behind += reach.add_reads(statement, {})
    for name in (*reads_of(code).changes, *function.outputs):
        # Where the cell does not make it, the notebook's own is what it gives on.
        if name in namespace:
            behind.append(reach.add_value(namespace[name], f"{VARIABLE} `{name}`"))
    parts = reach.finish()
    parts[CELL] = digest_of(normal(function.source), *behind)
    if function.prelude:
        parts[IMPORTS] = digest_of(*map(normal, function.prelude))
    return parts


def _loaded(function: CellFunction, captured: Mapping[str, Captured]) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    for name, value in captured.items():
        try:
            loaded = load_value(value.data)
        except Exception as error:
            what = "what it reads from the notebook" if name == NOTEBOOK else repr(name)
            raise SerializationError(
                f"cell {function.name!r} cannot be looked up in the result cache: {what} cannot "
                f"be loaded again ({type(error).__name__}: {error}); run it with cache=False"
            ) from error
        namespace.update(loaded.__globals__ if name == NOTEBOOK else {name: loaded})
    return namespace


def _compiled(source: str) -> CodeType:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code: CodeType = compile(source, "<cell>", "exec", flags, dont_inherit=True)
    return code
