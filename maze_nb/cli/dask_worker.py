"""The command ``dask-worker``: what ``dask worker`` does, under the name people type."""

from __future__ import annotations


def main() -> None:
    """Run ``dask worker`` with the arguments of this process."""
    from distributed.cli.dask_worker import main as dask_worker

    dask_worker(prog_name="dask-worker")
