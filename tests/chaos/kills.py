"""What is killed and when, drawn from a seed: after so much progress, never after so much time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace

LOSSES_BETWEEN = 2
"""So many processes that run tasks die under one scheduler: with three, a task may be given up."""
_MOMENTS = {
    "scheduler": ("", "", "writing", "resuming"),
    "worker": ("", "writing"),
    "child": ("",),
    "client": ("", "", "resuming"),
}
_LATEST = 0.85
"""After so much of all executions the last kill is due, so that it comes before the end."""
_FIRST = ("", "submitting", "accepted")


@dataclass(frozen=True)
class Kill:
    """One ``kill -9``.

    Attributes
    ----------
    what
        ``"scheduler"``, ``"worker"``, ``"child"`` or ``"client"``.
    after
        So many executions of tasks have ended before.
    moment
        What is waited for then: that a run is being submitted, was accepted, is being resumed
        since a scheduler was killed last, or that a worker writes a file.
    who
        From 0 to 1: which of those that there are.
    """

    what: str
    after: int
    moment: str
    who: float


def draw_kills(seed: int, rounds: int, executions: int) -> list[Kill]:
    """Return what is killed, in order.

    Parameters
    ----------
    rounds
        How many schedulers are killed; of the others there are more.
    executions
        So many there are at least.
    """
    chance = random.Random(f"kills {seed}")
    while True:
        found = _draw(chance, rounds, executions)
        if _losses(found) <= LOSSES_BETWEEN:
            return found


def _draw(chance: random.Random, rounds: int, executions: int) -> list[Kill]:
    kinds = Counter(scheduler=rounds, worker=rounds + 1, child=rounds - 1, client=rounds + 1)
    latest = int(executions * _LATEST)
    found = [
        Kill(what, chance.randrange(1, latest), chance.choice(_MOMENTS[what]), chance.random())
        for what in kinds.elements()
    ]
    for what in ("scheduler", "client"):
        first = next(kill for kill in found if kill.what == what)
        moment = chance.choice(_FIRST)
        if moment:
            found[found.index(first)] = replace(first, after=0, moment=moment)
    return _possible(sorted(found, key=lambda kill: kill.after))


def _possible(kills: list[Kill]) -> list[Kill]:
    """Leave out moments that do not come, as nothing is resumed before a scheduler was killed."""
    first = next(n for n, kill in enumerate(kills) if kill.what == "scheduler")
    return [
        replace(kill, moment="") if kill.moment == "resuming" and n <= first else kill
        for n, kill in enumerate(kills)
    ]


def _losses(kills: list[Kill]) -> int:
    """Return how many processes that run tasks die under one scheduler, at most."""
    counts = [0]
    for kill in kills:
        if kill.what == "scheduler":
            counts.append(0)
        elif kill.what in ("worker", "child"):
            counts[-1] += 1
    return max(counts)
