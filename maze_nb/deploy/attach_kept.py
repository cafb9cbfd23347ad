"""Attaching a client to the cluster that ``maze-nb up`` keeps."""

from __future__ import annotations

from distributed import Client

from maze_nb.deploy.attach import attach
from maze_nb.deploy.kept import KeptCluster
from maze_nb.errors import ConnectionFailedError, VersionError
from maze_nb.version import __version__


def attach_kept(kept: KeptCluster) -> Client | None:
    """Return a client of a kept cluster, None if that has ended meanwhile.

    Raises
    ------
    VersionError
        If it runs another version of Maze.
    ConnectionFailedError
        If it lives but does not answer in the time of the setting ``maze.connect-timeout``.
    """
    if kept.version != __version__:
        raise VersionError(
            f"the cluster of `maze-nb up` (process {kept.pid}) runs maze_nb {kept.version}, but "
            f"this is {__version__}: start it anew with `maze-nb down && maze-nb up`"
        )
    try:
        return attach(kept.address)
    except ConnectionFailedError as error:
        if not kept.is_alive():
            return None
        raise unanswered(kept, error.__cause__ or error) from error


def unanswered(kept: KeptCluster, reason: object) -> ConnectionFailedError:
    """Return the error for a kept cluster that lives but does not answer."""
    return ConnectionFailedError(
        f"the cluster of `maze-nb up` (process {kept.pid}, {kept.address}) is there but does not "
        f"answer ({reason}). `maze-nb down --force` ends it; its log is {kept.log}"
    )
