"""What is known of one attempt at a task: what it used, and how it failed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Usage:
    """What an attempt used at most, in MB; None where it could not be measured.

    ``memory`` is that of the child process and all it started, of the container of a task that has
    one, or by how much the worker process grew; ``vram`` is the sum over the task's devices.
    ``cpu`` is the seconds that a container had a core.
    """

    memory: float | None = None
    vram: float | None = None
    cpu: float | None = None

    def over(self, other: Usage) -> Usage:
        """Return this with what is known of another where nothing is known here."""
        return Usage(
            other.memory if self.memory is None else self.memory,
            other.vram if self.vram is None else self.vram,
            other.cpu if self.cpu is None else self.cpu,
        )


UNMEASURED = Usage()


@dataclass(frozen=True, slots=True)
class ErrorInfo:
    """A user's failure as a value; ``exception`` is the pickled exception where that works."""

    type: str
    message: str
    task: str
    attempt: int
    host: str
    exception: bytes | None = None
