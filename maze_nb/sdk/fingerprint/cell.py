"""What a notebook cell reaches: its source, and what it took along from the notebook."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from types import CodeType
from typing import Any

from maze_nb.artifacts.file_input import FileInput
from maze_nb.errors import SerializationError
from maze_nb.runners.cell import NOTEBOOK, Captured, CellFunction, load_together
from maze_nb.runners.references import Secret
from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.reach import Reach
from maze_nb.sdk.fingerprint.reads import reads_of
from maze_nb.sdk.fingerprint.source import normal
from maze_nb.sdk.sent_files import with_contents
from maze_nb.wire.code import load_value
from maze_nb.wire.kept_value import KeptValue

TAKEN = (Captured, KeptValue, Secret, FileInput)
"""What stands for notebook variables among the inputs of a cell's task."""
CELL = "the cell"
IMPORTS = "its imports"
VARIABLE = "notebook variable"


def cell_parts(function: CellFunction, captured: Mapping[str, Any], reach: Reach) -> dict[str, str]:
    """Return the parts of a cell.

    Parameters
    ----------
    captured
        What it took along, as inputs of its task; what is not of the types `TAKEN` is passed over.
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
    # The first half is that of the text alone, for whoever tells people what changed.
    parts[CELL] = f"{digest_of(normal(function.source))} {digest_of(*behind)}"
    if function.prelude:
        parts[IMPORTS] = digest_of(*map(normal, function.prelude))
    return parts


def _loaded(function: CellFunction, captured: Mapping[str, Any]) -> dict[str, Any]:
    namespace: dict[str, Any] = {}

    for name, value in captured.items():
        try:
            if name == NOTEBOOK:
                namespace.update(load_together(value, lambda each: with_contents(captured[each])))
            elif isinstance(value, Captured):
                namespace[name] = load_value(value.data)
            elif isinstance(value, TAKEN):
                namespace[name] = with_contents(value)
        except Exception as error:
            what = "what it reads from the notebook" if name == NOTEBOOK else repr(name)
            raise SerializationError(
                f"cell {function.name!r} cannot be looked up in the result cache: {what} cannot "
                f"be loaded again ({type(error).__name__}: {error}); run it with cache=False"
            ) from error
    return namespace


def _compiled(source: str) -> CodeType:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code: CodeType = compile(source, "<cell>", "exec", flags, dont_inherit=True)
    return code
