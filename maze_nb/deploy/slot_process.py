"""The program of the process that hosts the slots of an embedded cluster.

It is ``dask worker`` with one addition: it holds the read end of a pipe whose write end only the
owning process has. When that end closes, it takes its folder and its whole process group with it.
So nothing outlives the owner, however the owner ends and whatever a slot is busy with.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from maze_nb.deploy.leftovers import MARK

_END = """
kill -s KILL -- "-$0"
tries=0
while kill -s 0 -- "-$0" 2>/dev/null && [ "$tries" -lt 40 ]; do
    tries=$((tries + 1))
    sleep 0.05
done
rm -rf -- "$1"
"""
"""Ends the process group $0, waits until it is gone, for 2 s at most, and removes the folder $1."""


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
    # By a process outside the group, since slots that still run would write into the folder, and
    # their nannies in this process would bring them back. Without the mark of what is ended.
    subprocess.Popen(
        ["/bin/sh", "-c", _END, str(os.getpgrp()), str(folder)],
        env={name: value for name, value in os.environ.items() if name != MARK},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


if __name__ == "__main__":
    main()
