"""A program that starts an embedded cluster, has a task run on it, and ends it."""

from __future__ import annotations

import os
import tempfile
import time

from maze_nb import config

_BEGUN = time.monotonic()


def main() -> None:
    """Print how it went; a traceback tells what went wrong."""
    from maze_nb.deploy.attach import attach
    from maze_nb.deploy.embedded import EmbeddedCluster

    with tempfile.TemporaryDirectory(prefix="maze-doctor-") as home:
        os.environ[config.HOME_VARIABLE] = home
        with EmbeddedCluster(1) as cluster, attach(cluster) as client:
            answer = client.submit(sum, [1, 2], pure=False).result(config.start_timeout())
            assert answer == 3, answer
            print(f"runs a task after {time.monotonic() - _BEGUN:.1f} s")


if __name__ == "__main__":
    main()
