"""What a check of ``maze-nb doctor`` finds, and what it is told of where to look."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Attributes
    ----------
    subject
        What was looked at.
    state
        ``ok``; ``note`` for what is good to know and stops nothing; ``fault`` for what does.
    text
        What was found.
    remedy
        What to do, if there is something to be done.
    """

    subject: str
    state: State
    text: str
    remedy: str = ""


def ok(subject: str, text: str) -> Finding:
    """Return that all is well."""
    return Finding(subject, "ok", text)


def note(subject: str, text: str, remedy: str = "") -> Finding:
    """Return what stops nothing."""
    return Finding(subject, "note", text, remedy)


def fault(subject: str, text: str, remedy: str) -> Finding:
    """Return what has to be mended."""
    return Finding(subject, "fault", text, remedy)


@dataclass(frozen=True)
class Surroundings:
    """Where the checks look.

    Attributes
    ----------
    address
        Gives the address of the scheduler that the command line, the environment or Dask's
        settings name, None if none does; raises MazeError if they name none that makes sense.
    may_start
        Whether an embedded cluster may be started to see that it can.
    """

    address: Callable[[], str | None]
    may_start: bool = True


Check = Callable[[Surroundings], Iterable[Finding]]
