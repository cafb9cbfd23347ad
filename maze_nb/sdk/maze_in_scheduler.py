"""How Maze gets into a scheduler: the plugin that runs there, of the version that is here."""

from __future__ import annotations

from distributed import Client
from distributed.comm.core import CommClosedError

from maze_nb.errors import VersionError
from maze_nb.sdk.caller import Caller
from maze_nb.sdk.lost_connection import lost_scheduler
from maze_nb.version import __version__


def install(client: Client, caller: Caller) -> None:
    """Have the scheduler of a client run Maze.

    Raises
    ------
    VersionError
        If it has no Maze, or another version of it.
    ConnectionFailedError
        If it cannot be reached.
    """
    # What runs in the scheduler is needed only once there is one.
    from maze_nb.scheduler.plugin import MazeSchedulerPlugin
    from maze_nb.worker.plugin import pickled_plugins

    try:
        client.register_plugin(MazeSchedulerPlugin(*pickled_plugins(__version__)))
    except ImportError as error:
        raise VersionError(
            f"the scheduler at {caller.address} cannot import maze_nb ({error}): "
            f"install maze-nb {__version__} in its environment"
        ) from error
    except (CommClosedError, ConnectionError, TimeoutError) as error:
        raise lost_scheduler(caller.address, error) from error
    theirs = caller.ask("maze_version")
    if theirs != __version__:
        raise VersionError(
            f"the scheduler at {caller.address} runs maze_nb {theirs}, but this is "
            f"{__version__}: install the same version on both, and start the scheduler anew"
        )
