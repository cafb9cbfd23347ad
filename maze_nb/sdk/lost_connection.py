"""What is said once a scheduler cannot be reached any more."""

from __future__ import annotations

from distributed import Client
from distributed.comm.core import CommClosedError

from maze_nb.errors import ConnectionFailedError, RunInterruptedError

_INTERNAL = (AttributeError, CommClosedError, RuntimeError)
_CONNECTED = ("running", "connecting", "newly-created")


def is_closed(client: Client) -> bool:
    """Return whether a Dask client has given its connection up, or somebody closed it."""
    return client.scheduler is None or client.status not in _CONNECTED


def lost_scheduler(address: str, error: BaseException | None = None) -> ConnectionFailedError:
    """Return the error for a scheduler that does not answer any more.

    Parameters
    ----------
    error
        How that was noticed, if by anything that tells people more than that it is so.
    """
    is_told = error is not None and not isinstance(error, _INTERNAL)
    reason = str(error) or type(error).__name__ if is_told else "the connection is lost"
    return ConnectionFailedError(
        f"the scheduler at {address} is gone or cannot be reached ({reason}). If it has ended, its "
        f"runs are interrupted: see that a scheduler with its run store runs there, connect anew "
        f"with MaClient(…), and resume them by client.resume(run_id)"
    )


def scheduler_without_maze(address: str) -> ConnectionFailedError:
    """Return the error for a scheduler that Maze was installed in, and is not any more."""
    return ConnectionFailedError(
        f"the scheduler at {address} was started anew: the runs of the one before are interrupted. "
        f"Connect anew with MaClient(…), and resume them by client.resume(run_id)"
    )


def closed_client(address: str) -> ConnectionFailedError:
    """Return the error for a client that its user closed."""
    return ConnectionFailedError(
        f"this client of {address} was closed; what it started goes on if the cluster does: "
        f"connect anew with MaClient(…)"
    )


def interrupted_run(run_id: str) -> RunInterruptedError:
    """Return the error for a run whose scheduler was lost before it had ended."""
    return RunInterruptedError(
        f"run {run_id} is interrupted, as its scheduler was lost: client.resume({run_id!r}) "
        f"computes what has no stored result"
    )


def offline_client() -> ConnectionFailedError:
    """Return the error for what takes a cluster, asked of a client that has none."""
    return ConnectionFailedError(
        "this client is offline, so it only reads what is kept of runs on this machine: make one "
        "with MaClient(…) to run, resume or cancel anything"
    )
