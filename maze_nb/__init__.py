"""Maze-nb: run a notebook as a distributed workflow on Dask.

>>> from maze_nb import MaClient, task
"""

from __future__ import annotations

from typing import Any

from maze_nb.sdk.client import MaClient
from maze_nb.sdk.presenter import Presenter, use_presenter
from maze_nb.sdk.run import Run
from maze_nb.sdk.task import task
from maze_nb.sdk.workflow import Workflow
from maze_nb.version import __version__
from maze_nb.worker.current_task import current_task

__all__ = ["MaClient", "Run", "Workflow", "__version__", "current_task", "task"]


def load_ipython_extension(ipython: Any) -> None:
    """Install the magics: what ``%load_ext maze_nb`` calls."""
    from maze_nb.magics import load_ipython_extension as load

    load(ipython)


def _notebook_presenter() -> Presenter:
    from maze_nb.widgets.display import NotebookPresenter

    return NotebookPresenter()


use_presenter(_notebook_presenter)
