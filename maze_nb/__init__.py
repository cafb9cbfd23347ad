"""Maze-nb: run a notebook as a distributed workflow on Dask.

>>> from maze_nb import MaClient, task
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from maze_nb.sdk.presenter import Presenter, use_presenter
from maze_nb.version import __version__

if TYPE_CHECKING:
    from maze_nb.artifacts.file_input import FileInput
    from maze_nb.artifacts.url_input import UrlInput
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.command import command
    from maze_nb.sdk.container import container
    from maze_nb.sdk.flow import workflow
    from maze_nb.sdk.flow_handle import either, not_
    from maze_nb.sdk.record import record
    from maze_nb.sdk.run import Run
    from maze_nb.sdk.secret import Secret
    from maze_nb.sdk.sweep.sweep import sweep
    from maze_nb.sdk.task import task
    from maze_nb.sdk.workflow import Workflow
    from maze_nb.worker.bar import tqdm
    from maze_nb.worker.current_task import current_task
    from maze_nb.worker.progress import progress

__all__ = [
    "FileInput",
    "MaClient",
    "Run",
    "Secret",
    "UrlInput",
    "Workflow",
    "__version__",
    "command",
    "container",
    "current_task",
    "either",
    "not_",
    "progress",
    "record",
    "sweep",
    "task",
    "tqdm",
    "workflow",
]

# Imported when first asked for, since each child process of a worker imports this package and
# needs neither Dask's scheduler nor the SDK.
_HOMES = {
    "FileInput": "maze_nb.artifacts.file_input",
    "MaClient": "maze_nb.sdk.client",
    "Run": "maze_nb.sdk.run",
    "Secret": "maze_nb.sdk.secret",
    "UrlInput": "maze_nb.artifacts.url_input",
    "Workflow": "maze_nb.sdk.workflow",
    "command": "maze_nb.sdk.command",
    "container": "maze_nb.sdk.container",
    "current_task": "maze_nb.worker.current_task",
    "either": "maze_nb.sdk.flow_handle",
    "not_": "maze_nb.sdk.flow_handle",
    "progress": "maze_nb.worker.progress",
    "record": "maze_nb.sdk.record",
    "sweep": "maze_nb.sdk.sweep.sweep",
    "task": "maze_nb.sdk.task",
    "tqdm": "maze_nb.worker.bar",
    "workflow": "maze_nb.sdk.flow",
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
