"""The program of the process that hosts the slots of an embedded cluster.

It is ``dask worker`` with one addition: it holds the read end of a pipe whose write end only the
owning process has. When that end closes, it takes its folder and its whole process group with it.
So nothing outlives the owner, however the owner ends and whatever a slot is busy with.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
from pathlib import Path


def main() -> None:
    """Run ``dask worker`` until the owner is gone.

    The first argument of this process is the folder that goes with it, the others are those of
    ``dask worker``.
    """
    folder = Path(sys.argv.pop(1))
    watch = threading.Thread(target=_end_with_owner, args=(folder,), name="owner", daemon=True)
    watch.start()
    from distributed.cli.dask_worker import main as run_workers

    run_workers()


def _end_with_owner(folder: Path) -> None:
    # Not through sys.stdin, whose lock a blocked reader would hold when this interpreter ends.
    while os.read(0, 1024):
        pass
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
