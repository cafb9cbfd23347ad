"""How the inputs of a task are made of what it is given: parts of results, and texts with them."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError, nearest, with_article
from maze_nb.runners.references import replace_nested

Path = tuple[str | int, ...]
"""Which part of a value: keys of dicts and positions in lists, from the outside in."""


@dataclass(frozen=True, slots=True)
class Part:
    """Stands in a recipe for a part of what was given.

    ``source`` is a position in the list that the input itself was given, or the name of another
    input; ``told`` is how a person wrote it.
    """

    source: int | str
    path: Path = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """Stands in a recipe for a text with parts in it."""

    parts: tuple[str | Part, ...]


def prepared(given: Mapping[str, Any], recipes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs with the values that the recipes make of them.

    An input that has a recipe is given a list of what the recipe takes parts of, beside inputs
    that are made before it. One that was not made, or takes something of one that was not made,
    is left out.

    Raises
    ------
    InputError
        If a part is not there.

    Examples
    --------
    >>> told = Joined(("lr=", Part(0, ("lr",))))
    >>> prepared({"name": [{"lr": 0.1}], "seed": 1}, {"name": told})
    {'name': 'lr=0.1', 'seed': 1}
    """
    made = dict(given)
    for name, recipe in recipes.items():
        if name not in given:
            continue
        if all(source in made for source in others_in(recipe)):
            made[name] = _make(recipe, given[name], made)
        else:
            del made[name]
    return made


def others_in(recipe: Any) -> set[str]:
    """Return the names of the other inputs that a recipe takes parts of."""
    found: set[str] = set()

    def note(leaf: Any) -> Any:
        parts: Iterable[Any] = leaf.parts if isinstance(leaf, Joined) else (leaf,)
        found.update(
            part.source for part in parts if isinstance(part, Part) and isinstance(part.source, str)
        )
        return leaf

    replace_nested(recipe, note)
    return found


def part_of(value: Any, path: Path, told: str) -> Any:
    """Return a part of a value.

    Raises
    ------
    InputError
        If it has no such part.

    Examples
    --------
    >>> part_of({"metrics": [{"loss": 0.5}]}, ("metrics", 0, "loss"), "${train.metrics[0].loss}")
    0.5
    """
    for step in path:
        value = _step(value, step, told)
    return value


def text_of(value: Any) -> str:
    """Return a value as it stands in a text: texts and numbers as they are, else as JSON.

    A file stands there as its path on this node, also in JSON.

    Examples
    --------
    >>> [text_of(value) for value in ("a", 1.5, True, None, ["x", 1])]
    ['a', '1.5', 'true', 'null', '["x", 1]']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    if value is None or isinstance(value, bool | list | tuple | dict):
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_path)
        except (TypeError, ValueError):
            return str(value)
    return str(value)


class Prepared:
    """A function that is called with inputs made by recipes.

    Parameters
    ----------
    function
        What is called.
    recipes
        How its inputs are made, by name.
    hidden
        Inputs that only recipes read.
    """

    def __init__(
        self, function: Callable[..., Any], recipes: Mapping[str, Any], hidden: tuple[str, ...]
    ) -> None:
        self.function = function
        self.recipes = dict(recipes)
        self.hidden = hidden
        # So that what is told of the task is told of its own function.
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(self, name, getattr(function, name, None))

    def __call__(self, *args: Mapping[str, Any], **named: Any) -> Any:
        """Call the function in the form in which this is called."""
        inputs = prepared(args[0] if args else named, self.recipes)
        for name in self.hidden:
            inputs.pop(name, None)
        returned = self.function(inputs) if args else self.function(**inputs)
        return asyncio.run(returned) if inspect.iscoroutine(returned) else returned


def _path(value: Any) -> str:
    if isinstance(value, os.PathLike):
        return os.fsdecode(value)
    raise TypeError(f"{with_article(type(value).__name__)} is nothing of JSON")


def _make(recipe: Any, own: Sequence[Any], given: Mapping[str, Any]) -> Any:
    def value_of(part: Part) -> Any:
        whole = own[part.source] if isinstance(part.source, int) else given[part.source]
        return part_of(whole, part.path, part.told)

    def make(leaf: Any) -> Any:
        if isinstance(leaf, Part):
            return value_of(leaf)
        if isinstance(leaf, Joined):
            return "".join(
                part if isinstance(part, str) else text_of(value_of(part)) for part in leaf.parts
            )
        return leaf

    return replace_nested(recipe, make)


def _step(value: Any, step: str | int, told: str) -> Any:
    # A user's object may raise anything when it is looked into.
    with contextlib.suppress(Exception):
        return value[step]
    where = f"{told} has no part {step!r}"
    if isinstance(value, Mapping):
        hint = nearest(str(step), map(str, value))
    elif isinstance(value, Sequence) and not isinstance(value, str) and isinstance(step, int):
        hint = f"there are {len(value)} items"
    else:
        hint = f"what is looked into is {with_article(type(value).__name__)}"
    raise InputError(f"{where}: {hint}")
