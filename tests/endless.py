"""A program without an end, which is this test process's own: others look for theirs."""

from __future__ import annotations

import os

import psutil

ENDLESS = ["sleep", str(10_000_000 + os.getpid())]
COMMAND = " ".join(ENDLESS)


def endless_processes() -> list[int]:
    """Return the ids of those that are there, zombies aside."""
    return [each.pid for each in psutil.process_iter() if _is_endless(each)]


def _is_endless(process: psutil.Process) -> bool:
    try:
        return process.cmdline() == ENDLESS and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
