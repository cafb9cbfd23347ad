"""Cores of this machine that commands have to themselves, as far as commands go."""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_NAME = "maze-core"
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@contextmanager
def claimed(count: float) -> Iterator[set[int]]:
    """Claim cores for the block; none if all are wanted, or too few are free.

    A claim ends with its process, however that ends, and leaves no file.
    """
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    wanted = math.ceil(count)
    with ExitStack() as stack:
        found: set[int] = set()
        if 0 < wanted < len(allowed):
            for core in allowed:
                claim = _claim(core)
                if claim is not None:
                    stack.enter_context(claim)
                    found.add(core)
                if len(found) == wanted:
                    break
            else:
                # More is asked of this machine than it has: its kernel is the better judge.
                stack.close()
                found = set()
        yield found


@contextmanager
def starting_on(cores: set[int]) -> Iterator[None]:
    """Have the processes that this thread starts in the block run on these cores only."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def threads_for(cores: float) -> dict[str, str]:
    """Return the variables by which programs are told how many threads to have.

    Dask sets them to 1 for its workers, each of whose threads may run a task. A command that asks
    for more has them to itself. What was set by hand, to anything else, stays as it is.

    Examples
    --------
    >>> threads_for(1)
    {}
    """
    wanted = math.ceil(cores)
    if wanted < 2:
        return {}
    return {name: str(wanted) for name in _THREADS if os.environ.get(name, "1") == "1"}


def _claim(core: int) -> socket.socket | None:
    """Take a name that only one process of this machine can have at a time."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(f"\0{_NAME}-{os.getuid()}-{core}")
    except OSError:
        claim.close()
        return None
    return claim
