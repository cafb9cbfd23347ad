"""How each option of a task is read: what people write for it to what it means."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from numbers import Integral, Real
from typing import Any, NoReturn

from maze_nb.errors import OptionError, nearest
from maze_nb.model.destination import parse_destination
from maze_nb.model.task_options import ISOLATIONS, KEEPS, Deadline

_PRIORITIES = range(-100, 101)
_TOO_LONG = 10**9


@dataclass(frozen=True, slots=True)
class Place:
    """Which option of which task is being read."""

    name: str
    where: str

    def refuse(self, value: object, what: str) -> NoReturn:
        """Raise OptionError: say what is wrong with the value of this option."""
        raise OptionError(f"option {self.name!r} of {self.where} is {value!r}: {what}")


def _seconds(value: Any, place: Place, *, example: str, else_: str = "") -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        place.refuse(value, f"it has to be a finite number of seconds, such as {example}")
    seconds = float(value)
    if seconds >= _TOO_LONG:
        place.refuse(value, f"numbers are seconds, and that is over 30 years{else_}")
    return seconds


def _timeout(value: Any, place: Place) -> float | None:
    if value is None:
        return None
    seconds = _seconds(value, place, example="30")
    if seconds == 0:
        place.refuse(
            value, "a timeout of 0 would stop it before it starts; leave it out for no timeout"
        )
    if seconds < 0:
        place.refuse(value, "a timeout cannot be negative; leave it out for no timeout")
    return seconds


def _isolation(value: Any, place: Place) -> str:
    if value not in ISOLATIONS:
        place.refuse(value, nearest(str(value), ISOLATIONS))
    return str(value)


def _keep(value: Any, place: Place) -> str:
    if value not in KEEPS:
        place.refuse(value, nearest(str(value), KEEPS))
    return str(value)


def _cache(value: Any, place: Place) -> bool:
    if not isinstance(value, bool):
        place.refuse(value, "it has to be True or False")
    return value


def _version(value: Any, place: Place) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        place.refuse(value, "it has to be a text or a number, such as version='2'")
    return str(value)


def _node(value: Any, place: Place) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not value.strip():
        place.refuse(value, "it has to be the name of a node, as client.nodes() lists it")
    return value


def _retries(value: Any, place: Place) -> int:
    if not _is_whole(value) or value < 0:
        place.refuse(value, "it has to be a whole number from 0 up: how often to try again")
    return int(value)


def _backoff(value: Any, place: Place) -> float:
    seconds = _seconds(value, place, example="2")
    if seconds < 0:
        place.refuse(value, "it has to be 0 or more seconds before the first retry")
    return seconds


def _retry_on(value: Any, place: Place) -> tuple[str, ...]:
    for found in value:
        if not isinstance(found, type) or not issubclass(found, BaseException):
            quotes = ", without quotes" if isinstance(found, str) else ""
            raise OptionError(
                f"option 'retry_on' of {place.where} has {found!r}, which is no exception type: "
                f"give types such as ValueError or (OSError, TimeoutError){quotes}"
            )
    return tuple(dict.fromkeys(found.__qualname__ for found in value))


def _priority(value: Any, place: Place) -> int:
    if not _is_whole(value) or value not in _PRIORITIES:
        place.refuse(value, "it has to be a whole number from -100 to 100; higher goes first")
    return int(value)


def _deadline(value: Any, place: Place) -> Deadline | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        try:
            return Deadline(value.timestamp(), is_absolute=True)
        except (ValueError, OverflowError, OSError):
            place.refuse(value, "that time is out of range")
    seconds = _seconds(
        value, place, example="600, or a datetime", else_="; for a point in time give a datetime"
    )
    if seconds <= 0:
        place.refuse(value, "it has to be more than 0 seconds from the run's start")
    return Deadline(seconds)


def _tags(value: Any, place: Place) -> tuple[str, ...]:
    if value is None:
        return ()
    example = f"such as {place.name}=['a100', 'fast-disk']"
    if isinstance(value, bytes) or not isinstance(value, Iterable):
        place.refuse(value, f"it has to be a tag or a list of tags, {example}")
    tags = [value] if isinstance(value, str) else list(value)
    for tag in tags:
        if not isinstance(tag, str) or not tag or "," in tag or any(map(str.isspace, tag)):
            place.refuse(value, f"{tag!r} is no tag: tags are words without commas, {example}")
    return tuple(sorted(set(tags)))


def _env(value: Any, place: Place) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        place.refuse(value, "it has to be a dict, such as env={'OMP_NUM_THREADS': '4'}")
    found = {}
    for name, text in value.items():
        if not _is_variable(name):
            place.refuse(value, f"{name!r} is no name of an environment variable")
        if isinstance(text, bool) or not isinstance(text, str | int | float):
            place.refuse(value, f"the value of {name!r} has to be a text or a number")
        if "\0" in str(text):
            raise OptionError(
                f"option {place.name!r} of {place.where}: the value of {name!r} has a NUL "
                f"character in it, which no variable can have: take it out, or leave the value in "
                f"a file"
            )
        found[name] = str(text)
    return tuple(sorted(found.items()))


def _secrets(value: Any, place: Place) -> tuple[str, ...]:
    if value is None:
        return ()
    example = "such as secrets=['DB_PASSWORD']; the worker has their values"
    if isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        place.refuse(value, f"it has to be a name or a list of names, {example}")
    names = [value] if isinstance(value, str) else list(value)
    for name in names:
        if not _is_variable(name):
            # Not what was given: it may be the secret itself.
            raise OptionError(f"option 'secrets' of {place.where} has to be names, {example}")
    return tuple(sorted(set(names)))


def _destination(value: Any, place: Place) -> str:
    return parse_destination(value, f"option {place.name!r} of {place.where}")


def _is_variable(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and name.isascii()


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


READERS: dict[str, Callable[[Any, Place], Any]] = {
    "timeout": _timeout,
    "isolation": _isolation,
    "retries": _retries,
    "backoff": _backoff,
    "retry_on": _retry_on,
    "priority": _priority,
    "deadline": _deadline,
    "tags": _tags,
    "prefer": _tags,
    "keep": _keep,
    "cache": _cache,
    "version": _version,
    "env": _env,
    "secrets": _secrets,
    "node": _node,
    "destination": _destination,
}
