"""The grid of a sweep: the values of some parameters, and their combinations."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from maze_nb.errors import InputError
from maze_nb.projection.bounded import one_line
from maze_nb.runners.notebook import as_parameter

MOST = 100_000
"""So many combinations a sweep can have."""
_RANGE = re.compile(r"([-+]?\d+):([-+]?\d+)(?::([-+]?\d+))?")
_NUMBERS = re.compile(r"[-+.\deE]+(:[-+.\deE]*){1,2}")
_WHOLE = re.compile(r"[-+]?\d+")
_OPEN, _CLOSE = "([{", ")]}"
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "None", "~"), None),
}


class Grid:
    """Some parameters with the values that each takes; combinations count the last one fastest.

    Parameters
    ----------
    axes
        The values by the names of the parameters.
    fixed
        The parameters that are the same in all combinations.

    Raises
    ------
    InputError
        If a name is no parameter's, has no values or the same value twice, or is fixed too, or if
        a value cannot be written into a notebook, or there are too many combinations.
    """

    def __init__(
        self, axes: Mapping[str, Iterable[Any]], fixed: Mapping[str, Any] | None = None
    ) -> None:
        self.fixed = {
            name: as_parameter(value, f"parameter {name!r}")
            for name, value in (fixed or {}).items()
        }
        if not axes:
            raise InputError(
                "a sweep needs a grid: values of at least one parameter, as lr=0.1,0.01"
            )
        self.axes = {name: _checked(name, values) for name, values in axes.items()}
        for name in self.axes:
            if name in self.fixed:
                raise InputError(
                    f"parameter {name!r} is in the grid and fixed too: drop one of them"
                )
        if len(self) > MOST:
            raise InputError(f"the grid has {len(self):,} combinations, more than {MOST:,}: {self}")

    def __len__(self) -> int:
        """Return how many combinations there are."""
        return math.prod(map(len, self.axes.values()))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield what differs in each combination."""
        for values in itertools.product(*self.axes.values()):
            yield dict(zip(self.axes, values, strict=True))

    def __str__(self) -> str:
        return " × ".join(f"{name} ({len(values):,})" for name, values in self.axes.items())


def read_axes(texts: Iterable[str]) -> dict[str, Sequence[Any]]:
    """Return the values of parameters as they are typed in a shell: ``NAME=VALUE,VALUE,FROM:TO``.

    A value is a YAML scalar, or a list or dict in YAML's flow style; one in quotes is a text. A
    range of whole numbers has its end in it, ``FROM:TO:STEP`` if a step hits that.

    Raises
    ------
    InputError
        If one is not of this form: it says which.

    Examples
    --------
    >>> read_axes(["lr=0.1,1e-2", "depth=2:4,8", "loss='a,b',none"])
    {'lr': [0.1, 0.01], 'depth': [2, 3, 4, 8], 'loss': ['a,b', 'none']}
    """
    axes: dict[str, Sequence[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise InputError(
                f"{text!r} is no part of a grid: write NAME=VALUE,VALUE or NAME=FROM:TO"
            )
        if name in axes:
            raise InputError(
                f"parameter {name!r} is in the grid twice: list all of its values once"
            )
        axes[name] = _read_values(values, text)
    return axes


def _read_values(values: str, text: str) -> Sequence[Any]:
    parts = [part.strip() for part in _split(values, text)]
    if len(parts) == 1 and (found := _RANGE.fullmatch(parts[0])):
        # It may be longer than what can be held.
        return _range(found, text)
    held: list[Any] = []
    for part in parts:
        if not part:
            raise InputError(f"{text!r} has an empty value: write '' for an empty text")
        found = _RANGE.fullmatch(part)
        if found is None:
            held.append(_read_value(part, text))
            continue
        each = _range(found, text)
        if len(held) + len(each) > MOST:
            raise InputError(f"{text!r} has more than {MOST:,} values")
        held += each
    return held


def _range(found: re.Match[str], text: str) -> range:
    first, last, step = (int(part) if part else 1 for part in found.groups())
    if step == 0:
        raise InputError(f"the range {found[0]!r} in {text!r} has the step 0")
    made = range(first, last + (1 if step > 0 else -1), step)
    if not made:
        back = f"{first}:{last}:-1" if step > 0 else f"{first}:{last}"
        raise InputError(f"the range {found[0]!r} in {text!r} is empty: did you mean {back}?")
    return made


def _read_value(part: str, text: str) -> Any:
    import yaml

    if _NUMBERS.fullmatch(part) and ":" in part:
        raise InputError(
            f"{part!r} in {text!r} is no range of whole numbers, FROM:TO or FROM:TO:STEP"
        )
    if part in _WORDS:
        return _WORDS[part]
    # Older YAML takes 010 for 8, and 1e-3 for a text.
    for kind in (int,) if _WHOLE.fullmatch(part) else (float,):
        try:
            return kind(part)
        except ValueError:
            continue
    try:
        value = yaml.safe_load(part)
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{part!r} in {text!r} cannot be read: {reason}") from error
    # Nor is 12:30 the number 750 to anybody else, nor yes a truth.
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and ":" not in part
    return value if is_number or part[0] in "'\"[{" else part


def _split(values: str, text: str) -> Iterator[str]:
    """Yield what stands between commas, those in quotes and brackets aside."""
    start, depth, quote = 0, 0, ""
    for place, letter in enumerate(values):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and (depth or not values[start:place].strip()):
            quote = letter
        elif letter in _OPEN:
            depth += 1
        elif letter in _CLOSE:
            depth -= 1
        elif letter == "," and depth == 0:
            yield values[start:place]
            start = place + 1
    if quote or depth > 0:
        raise InputError(f"{text!r} has no closing {quote or 'bracket'}")
    yield values[start:]


def _checked(name: str, values: Any) -> Sequence[Any]:
    if not str(name).isidentifier():
        raise InputError(f"{one_line(name)} in the grid is no name of a parameter")
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise InputError(
            f"the grid needs a list of values for {name!r}, not {one_line(values)}: "
            f"write [{one_line(values)}], or fix it as a parameter"
        )
    if isinstance(values, range):
        if len(values) == 0:
            raise InputError(f"the grid has no values for {name!r}")
        return values
    found = [
        as_parameter(value, f"value {index} of {name!r} in the grid")
        for index, value in enumerate(values)
    ]
    if not found:
        raise InputError(f"the grid has no values for {name!r}")
    seen = set()
    for value in found:
        key = repr(value)
        if key in seen:
            raise InputError(f"the grid has {one_line(value)} for {name!r} twice")
        seen.add(key)
    return found
