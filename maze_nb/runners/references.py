"""Task outputs that stand inside lists, tuples and dicts given as inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import OptionError


@dataclass(frozen=True, slots=True)
class Reference:
    """Stands in a constant for the value of a task's output, by number."""

    number: int


@dataclass(frozen=True, slots=True)
class NotMade:
    """Stands for an output of a task that its condition had skipped."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Stands for a secret that only the worker knows; the function gets it as a text.

    Give it as the value of an input, also inside lists, tuples and dicts. The worker takes it from
    its environment, or from the file of this name in the folder ``MAZE_SECRETS``, by default
    ``secrets`` in ``MAZE_HOME``. Whatever shows what the task prints or raises has it masked.

    Examples
    --------
    >>> Secret("DB_PASSWORD")
    Secret(name='DB_PASSWORD')
    """

    name: str

    def __post_init__(self) -> None:
        if not str(self.name).isidentifier():
            raise OptionError(
                f"{self.name!r} is no name of a secret: give the name of an environment variable, "
                f"such as Secret('DB_PASSWORD')"
            )


def replace_nested(value: Any, replace: Callable[[Any], Any]) -> Any:
    """Return `value` with `replace` applied to each leaf of its lists, tuples and dicts.

    What holds nothing to replace is returned as it is, not copied.
    """
    if type(value) in (list, tuple):
        items = [replace_nested(item, replace) for item in value]
        if all(new is old for new, old in zip(items, value, strict=True)):
            return value
        return type(value)(items)
    if type(value) is dict:
        made = {key: replace_nested(item, replace) for key, item in value.items()}
        return made if any(made[key] is not value[key] for key in value) else value
    return replace(value)
