"""Whether a task that failed is tried again, and when."""

from __future__ import annotations

from dataclasses import dataclass

from maze_nb.model.task_options import TaskOptions

LOSSES = 3
"""A task that took so many processes down with it is given up."""
BREAKS = 10
"""A task that so many times could not even begin is given up."""
MOST_SECONDS = 600.0


@dataclass(slots=True)
class Attempts:
    """How the attempts at one task have ended so far: by its own failure, or by a loss.

    ``deaths`` says of each lost process what is known; ``broken`` is how many times it could not
    even begin, through the fault of a node.
    """

    failed: int = 0
    deaths: list[str] | None = None
    broken: int = 0

    @property
    def lost(self) -> int:
        """How many processes were lost with this task."""
        return len(self.deaths or ())

    def lose(self, what_is_known: str) -> None:
        """Note that the process which ran the task was lost."""
        self.deaths = [*(self.deaths or ()), what_is_known]


def delay_after_failure(
    attempts: Attempts, options: TaskOptions, *, is_retryable: bool, chance: float
) -> float | None:
    """Return the seconds to wait before the next attempt, or None if there is to be none.

    Parameters
    ----------
    attempts
        Those so far, the failed one counted.
    chance
        A random number from 0 to 1.

    Notes
    -----
    The delay doubles with each failure; half of it is fixed and half is by chance, so that tasks
    that failed together do not come back together. Source: "equal jitter" in M. Brooker,
    Exponential Backoff And Jitter, AWS Architecture Blog, 2015.
    """
    if not is_retryable or attempts.failed > options.retries:
        return None
    return _jittered(options.backoff, attempts.failed, chance)


def delay_after_loss(attempts: Attempts, *, chance: float) -> float | None:
    """Return the seconds to wait after a process was lost, or None if the task is given up."""
    if attempts.lost >= LOSSES:
        return None
    return _jittered(0.5, attempts.lost, chance)


def delay_after_break(attempts: Attempts, *, chance: float) -> float | None:
    """Return the seconds to wait after a task could not begin, or None if it is given up.

    By then the nodes at fault are set aside.
    """
    if attempts.broken >= BREAKS:
        return None
    return _jittered(0.5, attempts.broken, chance)


def _jittered(first: float, times: int, chance: float) -> float:
    whole = min(first * 2.0 ** min(times - 1, 60), MOST_SECONDS)
    return whole * (0.5 + chance / 2)
