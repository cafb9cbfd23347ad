"""What the environment of a worker process says of who it is."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from maze_nb.config import heartbeat_interval
from maze_nb.errors import MazeError
from maze_nb.model.declared import RESOURCES_VARIABLE, parse_declared
from maze_nb.model.node import NODE_ID_VARIABLE

TAGS = ("WORKER_TAGS", "MAZE_TAGS")
RESULTS_DIR = ("RESULTS_DIR", "MAZE_RESULTS_DIR")
HEARTBEAT = ("HEARTBEAT_INTERVAL_SEC", "MAZE_HEARTBEAT_INTERVAL_SEC")
ENDS = "MAZE_ENDS"
"""When the walltime of this worker is up, in seconds since 1970."""
_SLURM_ENDS = "SLURM_JOB_END_TIME"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a worker is, as far as its environment says it; see :class:`WorkerHello`."""

    node_id: str
    declared: dict[str, float]
    tags: tuple[str, ...]
    results_dir: str
    ends: float | None
    beat: float


def read_identity(environment: Mapping[str, str] = os.environ) -> Identity:
    """Return what an environment says of a worker.

    Raises
    ------
    MazeError
        If the value of a variable makes no sense.
    """
    return Identity(
        node_id=environment.get(NODE_ID_VARIABLE, ""),
        declared=parse_declared(environment.get(RESOURCES_VARIABLE, "")),
        tags=parse_tags(_first(environment, TAGS)[1]),
        results_dir=_first(environment, RESULTS_DIR)[1],
        ends=_ends(environment),
        beat=_beat(environment),
    )


def parse_tags(text: str) -> tuple[str, ...]:
    """Return the tags that stand in a text, separated by commas."""
    return tuple(sorted({tag.strip() for tag in text.split(",")} - {""}))


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> tuple[str, str]:
    for name in names:
        if environment.get(name):
            return name, environment[name]
    return names[0], ""


def _beat(environment: Mapping[str, str]) -> float:
    name, given = _first(environment, HEARTBEAT)
    if not given:
        return heartbeat_interval()
    seconds = _number(given)
    if seconds is None or seconds <= 0:
        raise MazeError(f"{name} is {given!r}; it has to be seconds, such as 2")
    return seconds


def _ends(environment: Mapping[str, str]) -> float | None:
    given = environment.get(ENDS, "")
    if not given:
        return _number(environment.get(_SLURM_ENDS, ""))
    ends = _number(given)
    if ends is None:
        raise MazeError(f"{ENDS} is {given!r}; it has to be a time in seconds since 1970")
    return ends


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
