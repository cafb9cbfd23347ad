"""Waiting for what other threads and processes do, within bounds."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until `condition` holds; fail when the time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.02)


def address_in(scheduler_file: Path) -> str:
    """Return the address that a scheduler writes, once all of it is there."""
    found: list[str] = []

    def is_written() -> bool:
        with contextlib.suppress(OSError, ValueError, KeyError):
            found.append(json.loads(scheduler_file.read_text())["address"])
        return bool(found)

    wait_until(is_written)
    return found[0]
