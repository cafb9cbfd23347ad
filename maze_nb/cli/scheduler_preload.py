"""Installs Maze in a scheduler as it starts; ``maze-nb scheduler`` has Dask load it."""

from __future__ import annotations

import logging

from distributed import Scheduler

from maze_nb.cli.signals import end_in_time
from maze_nb.errors import MazeError
from maze_nb.scheduler.plugin import MazeSchedulerPlugin
from maze_nb.version import __version__
from maze_nb.worker.plugin import pickled_plugins

_LEAVE_SECONDS = 10.0


class CannotStart(BaseException):
    """Maze cannot be installed, so the scheduler is not to run."""


async def dask_setup(scheduler: Scheduler) -> None:
    """Install Maze, or have the scheduler end.

    Raises
    ------
    CannotStart
        With the reason.
    """
    end_in_time(_LEAVE_SECONDS)
    try:
        await install(scheduler)
    except MazeError as error:
        raise CannotStart(str(error)) from error
    except Exception as error:
        logging.getLogger(__name__).exception("Maze cannot be installed")
        raise CannotStart(f"Maze cannot be installed: {error!r}") from error


async def install(scheduler: Scheduler) -> None:
    """Open the run store and offer what Maze does, so that its runs are known before clients come.

    Raises
    ------
    StoreError
        If the run store cannot be opened.
    """
    await MazeSchedulerPlugin(*pickled_plugins(__version__)).start(scheduler)
