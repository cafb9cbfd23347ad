"""Runs that an interrupt of the kernel has left before anybody waited for them."""

from __future__ import annotations

import time

from maze_nb.errors import MazeError, UnknownRunError
from maze_nb.magics.kernel_end import KernelEnds, kernel_ends
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.interrupt import begun_run

_ARRIVAL_SECONDS = 3.0
_PAUSE = 0.05
_END_SECONDS = 30.0


def cancel_left(client: MaClient, interrupt: KeyboardInterrupt) -> None:
    """Cancel the run that an interrupt has left, if it has.

    Raises
    ------
    KernelEnds
        If the interrupt has the kernel end, where the run goes on without it.
    """
    run_id = begun_run(interrupt)
    deadline = time.monotonic() + _ARRIVAL_SECONDS
    # It may still be on its way to the scheduler.
    while run_id is not None and time.monotonic() < deadline:
        try:
            run = client.get_run(run_id)
            if run.outlives_us and kernel_ends():
                raise KernelEnds from None
            run.cancel()
            run.wait(_END_SECONDS)
        except UnknownRunError:
            time.sleep(_PAUSE)
        except MazeError:
            return
        else:
            return
