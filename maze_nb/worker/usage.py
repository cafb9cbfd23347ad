"""What tasks use, measured while they run."""

from __future__ import annotations

import time

from maze_nb.model.attempt import Usage
from maze_nb.worker.children.process_tree import ProcessTree
from maze_nb.worker.memory import process_memory, shared_out_memory
from maze_nb.worker.nvml import used_by

_SHARE = 20
_VRAM_SECONDS = 0.4


class Pace:
    """Says when a look is due again: after a while, and after so long that it costs little.

    Parameters
    ----------
    seconds
        How long it is at least from one look to the next.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._due = 0.0

    def is_due(self) -> bool:
        """Whether to look now."""
        return time.monotonic() >= self._due

    def looked(self, began: float) -> None:
        """Note a look that began then, by the monotonic clock."""
        now = time.monotonic()
        self._due = now + max(self._seconds, (now - began) * _SHARE)


class TreeMeter:
    """Measures the memory and the VRAM of a child process and all it started.

    Attributes
    ----------
    memory, vram
        The most that was seen, in MB; for VRAM None as long as nothing was told.
    """

    def __init__(self, tree: ProcessTree, gpu_ids: tuple[int, ...]) -> None:
        self.memory = 0.0
        self.vram: float | None = None
        self._tree = tree
        self._gpu_ids = gpu_ids
        self._members = [tree.pid]
        self._family = Pace()
        self._sharing = Pace()
        self._devices = Pace(_VRAM_SECONDS)

    def sample(self) -> float:
        """Look at the memory, and note it; return what there is now."""
        if self._family.is_due():
            began = time.monotonic()
            self._members = self._tree.look()
            self._family.looked(began)
        found = sum(map(process_memory, self._members))
        if found > self.memory and len(self._members) > 1:
            found = self._shared_out(found)
        self.memory = max(self.memory, found)
        if self._gpu_ids and self._devices.is_due():
            self.sample_vram()
        return found

    def sample_vram(self) -> None:
        """Look at the VRAM, and note it."""
        if not self._gpu_ids:
            return
        began = time.monotonic()
        found = used_by(self._members, self._gpu_ids)
        if found is not None:
            self.vram = max(self.vram or 0.0, found)
        self._devices.looked(began)

    def usage(self, own_peak: float | None = None) -> Usage:
        """Return what was seen; `own_peak` is what the child itself saw."""
        return Usage(max(self.memory, own_peak or 0.0), self.vram)

    def _shared_out(self, rough: float) -> float:
        # Forked processes share pages, which would count several times.
        if not self._sharing.is_due():
            return self.memory
        began = time.monotonic()
        parts = [shared_out_memory(pid) for pid in self._members]
        self._sharing.looked(began)
        known = [part for part in parts if part is not None]
        return sum(known) if known else rough


class Growth:
    """By how much the worker process grew while a task ran in one of its threads.

    Parameters
    ----------
    memory
        What the process has in memory now, in MB.
    """

    __slots__ = ("_before", "most")

    def __init__(self, memory: float) -> None:
        self._before = memory
        self.most = 0.0

    def note(self, memory: float) -> None:
        """Note what the process has now."""
        self.most = max(self.most, memory - self._before)

    def usage(self) -> Usage:
        """Return what was seen."""
        return Usage(self.most)
