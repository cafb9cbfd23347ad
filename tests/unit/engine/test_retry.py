"""When a task is tried again: cases as tables."""

from __future__ import annotations

import pytest

from maze_nb.engine.retry import MOST_SECONDS, Attempts, delay_after_failure, delay_after_loss
from maze_nb.model.task_options import TaskOptions


@pytest.mark.parametrize(
    ("failed", "retries", "is_retryable", "chance", "expected"),
    [
        (1, 0, True, 0.5, None),
        (1, 1, True, 0.0, 1.0),
        (1, 1, True, 1.0, 2.0),
        (2, 2, True, 1.0, 4.0),
        (3, 3, True, 0.0, 4.0),
        (2, 1, True, 0.0, None),
        (1, 5, False, 0.0, None),
        (5000, 6000, True, 1.0, MOST_SECONDS),
    ],
)
def test_after_a_failure(
    failed: int, retries: int, is_retryable: bool, chance: float, expected: float | None
) -> None:
    options = TaskOptions(retries=retries, backoff=2.0)
    attempts = Attempts(failed=failed)
    delay = delay_after_failure(attempts, options, is_retryable=is_retryable, chance=chance)
    assert delay == expected


def test_losses_are_bounded_and_counted_apart() -> None:
    attempts = Attempts()
    delays = []
    for number in range(3):
        attempts.lose(f"death {number}")
        delays.append(delay_after_loss(attempts, chance=1.0))
    assert delays == [0.5, 1.0, None]
    assert attempts.deaths == ["death 0", "death 1", "death 2"]
    assert attempts.failed == 0
