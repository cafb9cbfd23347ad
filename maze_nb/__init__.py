"""Maze-nb: run a notebook as a distributed workflow on Dask.

>>> from maze_nb import MaClient, task
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maze_nb.sdk.presenter import Presenter, use_presenter
from maze_nb.version import __version__

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run
    from maze_nb.sdk.task import task
    from maze_nb.sdk.workflow import Workflow
    from maze_nb.worker.current_task import current_task

__all__ = ["MaClient", "Run", "Workflow", "__version__", "current_task", "task"]

# Imported when first asked for, since each child process of a worker imports this package and
# needs neither Dask's scheduler nor the SDK.
_HOMES = {
    "MaClient": "maze_nb.sdk.client",
    "Run": "maze_nb.sdk.run",
    "Workflow": "maze_nb.sdk.workflow",
    "current_task": "maze_nb.worker.current_task",
    "task": "maze_nb.sdk.task",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def load_ipython_extension(ipython: Any) -> None:
    """Install the magics: what ``%load_ext maze_nb`` calls."""
    from maze_nb.magics import load_ipython_extension as load

    load(ipython)


def _notebook_presenter() -> Presenter:
    from maze_nb.widgets.display import NotebookPresenter

    return NotebookPresenter()


use_presenter(_notebook_presenter)
