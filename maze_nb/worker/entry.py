"""What Dask calls for each task: whoever submits tasks imports it, and nothing of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def execute_task(header: bytes, code: bytes, constants: bytes, *dependencies: Any) -> Any:
    """Execute one task: see :func:`maze_nb.worker.execute.execute_task`."""
    from maze_nb.worker.execute import execute_task as execute

    return execute(header, code, constants, *dependencies)


def spread_output(header: bytes, outputs: Mapping[str, Any], name: str) -> list[Any]:
    """Return the items of an output: see :func:`maze_nb.worker.spreading.spread_output`."""
    from maze_nb.worker.spreading import spread_output as spread

    return spread(header, outputs, name)
