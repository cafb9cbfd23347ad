"""How each state of a task or run looks: its glyph and its colour-blind-safe colour."""

from __future__ import annotations

from dataclasses import dataclass

from maze_nb.model.states import RunStatus, TaskState

GREY = "#808080"
BLUE = "#0072B2"
GREEN = "#009E73"
VERMILION = "#D55E00"
ORANGE = "#E69F00"

CACHED = "cached"
"""How a task is shown that succeeded without running."""
WAS_RUNNING = "was_running"
"""How a task is shown that was running when the scheduler was lost."""


@dataclass(frozen=True, slots=True)
class Look:
    """The glyph and colour of one state.

    Parameters
    ----------
    glyph
        One character, told apart without colour.
    colour
        A hexadecimal colour from the Okabe-Ito palette, or a grey readable on light and dark.
    """

    glyph: str
    colour: str


TASK_LOOKS: dict[str, Look] = {
    TaskState.WAITING: Look("○", GREY),
    TaskState.PENDING: Look("◌", GREY),
    TaskState.RUNNING: Look("◐", BLUE),
    TaskState.SUCCEEDED: Look("✓", GREEN),
    TaskState.FAILED: Look("✕", VERMILION),
    TaskState.SKIPPED: Look("⤼", GREY),
    TaskState.CANCELLED: Look("⊘", GREY),
    TaskState.RETRYING: Look("↻", ORANGE),
    CACHED: Look("☑", GREEN),
    WAS_RUNNING: Look("◒", ORANGE),
}

RUN_LOOKS: dict[str, Look] = {
    RunStatus.PENDING: TASK_LOOKS[TaskState.PENDING],
    RunStatus.RUNNING: TASK_LOOKS[TaskState.RUNNING],
    RunStatus.SUCCEEDED: TASK_LOOKS[TaskState.SUCCEEDED],
    RunStatus.FAILED: TASK_LOOKS[TaskState.FAILED],
    RunStatus.CANCELLED: TASK_LOOKS[TaskState.CANCELLED],
    RunStatus.TIMED_OUT: TASK_LOOKS[TaskState.FAILED],
    RunStatus.INTERRUPTED: Look("!", ORANGE),
}

UNKNOWN_LOOK = Look("?", GREY)


def task_look(state: str) -> Look:
    """Return how a task state looks; an unknown one gets a question mark."""
    return TASK_LOOKS.get(state, UNKNOWN_LOOK)


def run_look(status: str) -> Look:
    """Return how a run status looks; an unknown one gets a question mark."""
    return RUN_LOOKS.get(status, UNKNOWN_LOOK)


def state_word(state: str) -> str:
    """Return a state as words: ``timed_out`` becomes ``timed out``."""
    return state.replace("_", " ")


def count_word(number: int, state: str) -> str:
    """Return how many tasks are in a state: ``2 failed``, ``2 were running``."""
    word = "were running" if state == WAS_RUNNING and number != 1 else state_word(state)
    return f"{number:,} {word}"


def tint(colour: str, share: float) -> str:
    """Return so much of a hexadecimal colour on white, as a hexadecimal colour."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    mixed = (round(255 - (255 - part) * share) for part in parts)
    return "#" + "".join(f"{part:02x}" for part in mixed)
