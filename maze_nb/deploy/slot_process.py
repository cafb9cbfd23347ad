"""The program of the process that hosts the slots of an embedded cluster.

It is ``dask worker`` with one addition: it holds the read end of a pipe whose write end only the
owning process has, and takes its whole process group with it when that end closes. So no slot
outlives its owner, however the owner ends and whatever a slot is busy with.
"""

from __future__ import annotations

import os
import signal
import threading


def main() -> None:
    """Run ``dask worker`` with the arguments of this process until the owner is gone."""
    threading.Thread(target=_end_with_owner, name="owner-watch", daemon=True).start()
    from distributed.cli.dask_worker import main as run_workers

    run_workers()


def _end_with_owner() -> None:
    # Not through sys.stdin, whose lock a blocked reader would hold when this interpreter ends.
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
