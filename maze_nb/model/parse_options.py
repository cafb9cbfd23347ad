"""What people write as a task's options, checked where they write it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from os import PathLike
from typing import Any, Literal, TypedDict

from maze_nb.errors import OptionError, nearest
from maze_nb.model.option_readers import READERS, Place
from maze_nb.model.resources import Resources
from maze_nb.model.task_options import TaskOptions


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
    node: str | None
    env: Mapping[str, str | int | float] | None
    secrets: str | Iterable[str] | None
    destination: str | PathLike[str] | None


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
        if name not in READERS:
            known = (*READERS, *keywords)
            hint = nearest(str(name), known, most=len(known))
            raise OptionError(f"unknown option {name!r} of {where}: {hint}")
        if name == "retry_on":
            value = types = _listed(value)
        values[name] = READERS[name](value, Place(name, where))
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


def _check_together(options: TaskOptions, resources: Resources, where: str) -> None:
    if options.isolation != "thread":
        return
    remedy = "use isolation='process', or leave isolation out"
    if options.timeout is not None:
        raise OptionError(
            f"{where} has isolation='thread' and a timeout of {options.timeout:g} s, but a thread "
            f"cannot be stopped: {remedy}"
        )
    if options.env or options.secrets:
        raise OptionError(
            f"{where} has isolation='thread' and asks for environment variables or secrets, but "
            f"all threads of a worker share one environment: {remedy}"
        )
    if resources.gpu > 0:
        raise OptionError(
            f"{where} has isolation='thread' and asks for {resources.gpu:g} GPU, but devices "
            f"can only be given to a process before it starts: {remedy}"
        )


def _listed(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    is_several = isinstance(value, Iterable) and not isinstance(value, type | str | bytes)
    return tuple(value) if is_several else (value,)
