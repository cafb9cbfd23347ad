"""What people write as a task's options, checked where they write it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from numbers import Integral, Real
from typing import Any, Literal, NoReturn, TypedDict

from maze_nb.errors import OptionError, nearest
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import ISOLATIONS, KEEPS, Deadline, TaskOptions

PRIORITIES = range(-100, 101)
_TOO_LONG = 10**9


class OptionWords(TypedDict, total=False):
    """The options by their names, as keywords of ``@task`` and ``add_task``."""

    timeout: float | timedelta | None
    isolation: Literal["auto", "thread", "process"]
    retries: int
    backoff: float | timedelta
    retry_on: type[BaseException] | Sequence[type[BaseException]] | None
    priority: int
    deadline: float | timedelta | datetime | None
    tags: str | Iterable[str] | None
    prefer: str | Iterable[str] | None
    keep: Literal["store", "memory", "both"]
    cache: bool
    version: str | int


@dataclass(frozen=True, slots=True)
class CheckedOptions:
    """Options that make sense, and the exception types that they name in ``retry_on``."""

    options: TaskOptions = field(default_factory=TaskOptions)
    retry_types: tuple[type[BaseException], ...] = ()


def parse_options(
    given: Mapping[str, Any],
    *,
    base: CheckedOptions | None = None,
    resources: Resources,
    where: str,
    keywords: Iterable[str] = (),
) -> CheckedOptions:
    """Check what a person wrote as options and fill in what they left out.

    Parameters
    ----------
    given
        Any of the names of `OptionWords`.
    base
        What applies where `given` says nothing; by default no options.
    resources
        What the task asks for.
    where
        Names the task in an error, such as ``"task 'train'"``.
    keywords
        Names other than options that could have been meant.

    Raises
    ------
    OptionError
        If a name is unknown, or a value makes no sense, by itself or with the others.
    """
    found = base or CheckedOptions()
    values = {name.name: getattr(found.options, name.name) for name in fields(TaskOptions)}
    types: Iterable[Any] = found.retry_types
    for name, value in given.items():
        if name not in _READERS:
            hint = nearest(str(name), [*_READERS, *keywords])
            raise OptionError(f"unknown option {name!r} of {where}: {hint}")
        if name == "retry_on":
            value = types = _listed(value)
        values[name] = _READERS[name](value, _Place(name, where))
    checked = CheckedOptions(TaskOptions(**values), tuple(dict.fromkeys(types)))
    _check_together(checked.options, resources, where)
    check_deadline(checked.options, where)
    return checked


def check_deadline(options: TaskOptions, where: str) -> None:
    """Raise OptionError if the options have a deadline that is in the past."""
    deadline = options.deadline
    if deadline is None or not deadline.is_absolute:
        return
    late = time.time() - deadline.seconds
    if late > 0:
        when = datetime.fromtimestamp(deadline.seconds).astimezone().isoformat(" ", "seconds")
        raise OptionError(
            f"option 'deadline' of {where} is {when}, which was {timedelta(seconds=round(late))} "
            f"ago: give a time that is still to come, or seconds from the run's start"
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Which option of which task is being read."""

    name: str
    where: str

    def refuse(self, value: object, what: str) -> NoReturn:
        raise OptionError(f"option {self.name!r} of {self.where} is {value!r}: {what}")


def _seconds(value: Any, place: _Place, *, example: str, else_: str = "") -> float:
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        place.refuse(value, f"it has to be a finite number of seconds, such as {example}")
    seconds = float(value)
    if seconds >= _TOO_LONG:
        place.refuse(value, f"numbers are seconds, and that is over 30 years{else_}")
    return seconds


def _timeout(value: Any, place: _Place) -> float | None:
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


def _isolation(value: Any, place: _Place) -> str:
    if value not in ISOLATIONS:
        place.refuse(value, nearest(str(value), ISOLATIONS))
    return str(value)


def _keep(value: Any, place: _Place) -> str:
    if value not in KEEPS:
        place.refuse(value, nearest(str(value), KEEPS))
    return str(value)


def _cache(value: Any, place: _Place) -> bool:
    if not isinstance(value, bool):
        place.refuse(value, "it has to be True or False")
    return value


def _version(value: Any, place: _Place) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        place.refuse(value, "it has to be a text or a number, such as version='2'")
    return str(value)


def _retries(value: Any, place: _Place) -> int:
    if not _is_whole(value) or value < 0:
        place.refuse(value, "it has to be a whole number from 0 up: how often to try again")
    return int(value)


def _backoff(value: Any, place: _Place) -> float:
    seconds = _seconds(value, place, example="2")
    if seconds < 0:
        place.refuse(value, "it has to be 0 or more seconds before the first retry")
    return seconds


def _retry_on(value: Any, place: _Place) -> tuple[str, ...]:
    for found in value:
        if not isinstance(found, type) or not issubclass(found, BaseException):
            quotes = ", without quotes" if isinstance(found, str) else ""
            raise OptionError(
                f"option 'retry_on' of {place.where} has {found!r}, which is no exception type: "
                f"give types such as ValueError or (OSError, TimeoutError){quotes}"
            )
    return tuple(dict.fromkeys(found.__qualname__ for found in value))


def _priority(value: Any, place: _Place) -> int:
    if not _is_whole(value) or value not in PRIORITIES:
        place.refuse(value, "it has to be a whole number from -100 to 100; higher goes first")
    return int(value)


def _deadline(value: Any, place: _Place) -> Deadline | None:
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


def _tags(value: Any, place: _Place) -> tuple[str, ...]:
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


_READERS: dict[str, Callable[[Any, _Place], Any]] = {
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
}


def _is_whole(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _listed(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    is_several = isinstance(value, Iterable) and not isinstance(value, type | str | bytes)
    return tuple(value) if is_several else (value,)


def _check_together(options: TaskOptions, resources: Resources, where: str) -> None:
    if options.isolation != "thread":
        return
    remedy = "use isolation='process', or leave isolation out"
    if options.timeout is not None:
        raise OptionError(
            f"{where} has isolation='thread' and a timeout of {options.timeout:g} s, but a thread "
            f"cannot be stopped: {remedy}"
        )
    if resources.gpu > 0:
        raise OptionError(
            f"{where} has isolation='thread' and asks for {resources.gpu:g} GPU, but devices "
            f"can only be given to a process before it starts: {remedy}"
        )
