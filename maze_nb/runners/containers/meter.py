"""What a container uses, measured by its engine while it runs."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from maze_nb.model.attempt import Usage
from maze_nb.runners.containers.engine import Engine

_FIRST = 0.05
_SLOWEST = 1.0
_MB = 2**20


class ContainerMeter:
    """Asks an engine what a container uses, often at first and then every second.

    Attributes
    ----------
    pause
        The seconds until it is worth to look again.
    """

    def __init__(self, engine: Engine, container: str) -> None:
        self.pause = _FIRST
        self._engine = engine
        self._container = container
        self._due = time.monotonic()
        self._memory: float | None = None
        self._cpu: float | None = None

    def look(self) -> None:
        """Look if it is time to."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + self.pause
        self.pause = min(self.pause * 2, _SLOWEST)
        from requests.exceptions import RequestException

        # One that has just ended has no numbers any more; that an engine is gone is noticed
        # elsewhere.
        with suppress(RequestException, KeyError, TypeError, ValueError):
            self._note(self._engine.client.api.stats(self._container, stream=False, one_shot=True))

    def usage(self) -> Usage:
        """Return the most that was seen."""
        return Usage(self._memory, cpu=self._cpu)

    def words(self) -> str:
        """Return the same in words; empty if nothing was seen."""
        memory = "" if self._memory is None else f"at most {self._memory:.0f} MB of memory"
        cpu = "" if self._cpu is None else f"{self._cpu:.1f} s of processor time"
        return " and ".join(filter(None, (memory, cpu)))

    def _note(self, stats: dict[str, Any]) -> None:
        memory = stats.get("memory_stats") or {}
        if used := memory.get("usage"):
            details = memory.get("stats") or {}
            # What the kernel keeps of files it gives back when it is short of memory.
            cached = details.get("inactive_file", details.get("total_inactive_file", 0))
            self._memory = max(self._memory or 0.0, (used - cached) / _MB)
        seconds = stats["cpu_stats"]["cpu_usage"]["total_usage"] / 1e9
        if seconds:
            self._cpu = max(self._cpu or 0.0, seconds)
