"""What a magic takes: how its line is read, and its help."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from maze_nb.errors import CellError, nearest

Offer = tuple[str, ...] | Literal["cells", "names", "runs", ""]
"""What completion offers for a value: these words, task cells, names that they make, runs,
or nothing."""


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a magic.

    Attributes
    ----------
    words
        All its spellings, such as ``("-i", "--inputs")``.
    why
        What it does, for the help.
    value
        What to call its value; empty for a flag.
    offer
        What completion offers for the value.
    is_shown
        Whether help and completion show it; one that only says what is so anyway is not.
    """

    words: tuple[str, ...]
    why: str
    value: str = ""
    offer: Offer = ""
    is_shown: bool = True

    def __str__(self) -> str:
        return f"{self.words[0]} {self.value}".rstrip()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a magic takes.

    Attributes
    ----------
    name
        The magic, with its percent signs.
    arguments
        The words it takes beside options, each with what completion offers for it.
    least
        How many of the arguments have to be there.
    options
        In the order in which the help lists them.
    examples
        Lines for the help.
    is_open
        Whether the last of the arguments can be given several times.
    """

    name: str
    arguments: tuple[tuple[str, Offer], ...] = ()
    least: int = 0
    options: tuple[Option, ...] = ()
    examples: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def words(self) -> list[str]:
        """All spellings of all options."""
        return [word for option in self.options for word in option.words]

    def option(self, word: str) -> Option | None:
        """Return the option with this spelling."""
        return next((option for option in self.options if word in option.words), None)

    def __str__(self) -> str:
        """Return the line that says how the magic is used."""
        needed, optional = self.arguments[: self.least], self.arguments[self.least :]
        parts = [self.name, *(name for name, _ in needed), *(f"[{name}]" for name, _ in optional)]
        more = ["…"] if self.is_open else []
        options = [f"[{option}]" for option in self.options if option.is_shown]
        return " ".join(parts + more + options)


@dataclass(slots=True)
class Given:
    """What a person wrote behind a magic: options by their first spelling, and other words."""

    options: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)

    @property
    def argument(self) -> str | None:
        """The first of the other words."""
        return self.arguments[0] if self.arguments else None


def read_line(usage: Usage, line: str) -> Given:
    """Return what a line gives to a magic.

    Raises
    ------
    CellError
        If it has an unknown option, one without its value, too many words or too few: it names
        the nearest right option.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise CellError(f"{usage.name} {line}: {error}; usage: {usage}") from None
    given = Given()
    while words:
        word = words.pop(0)
        name, has_value, value = word.partition("=")
        option = usage.option(name)
        if option is None and (word.startswith("-") or not usage.arguments):
            raise unknown_word(usage, name)
        if option is None:
            given.arguments.append(word)
        elif option.value and not has_value and not words:
            raise CellError(f"{name} of {usage.name} needs its {option.value}; usage: {usage}")
        elif option.value:
            given.options[option.words[0]] = value if has_value else words.pop(0)
        elif has_value:
            raise CellError(f"{name} of {usage.name} takes no value; usage: {usage}")
        else:
            given.options[option.words[0]] = ""
    if len(given.arguments) > len(usage.arguments) and not usage.is_open:
        word = given.arguments[len(usage.arguments)]
        raise CellError(f"{usage.name} cannot take {word!r} too; usage: {usage}")
    if len(given.arguments) < usage.least:
        lacking, _ = usage.arguments[len(given.arguments)]
        raise CellError(f"{usage.name} needs {lacking}; usage: {usage}")
    return given


def unknown_word(usage: Usage, word: str) -> CellError:
    """Return what to raise for a word that a magic cannot take."""
    if not usage.options and not usage.arguments:
        return CellError(f"{usage.name} takes no arguments, but got {word!r}")
    hint = nearest(word, _shown_words(usage.options))
    return CellError(f"{usage.name} does not know {word!r}: {hint}; usage: {usage}")


def _shown_words(options: Iterable[Option]) -> list[str]:
    return [word for option in options if option.is_shown for word in option.words]


def help_text(usage: Usage, text: str) -> str:
    """Return the help of a magic: its first words, how it is used, options and examples.

    Parameters
    ----------
    text
        Its docstring.
    """
    first, _, rest = text.partition("\n\n")
    lines = [first.strip(), "", "::", "", *_folded(str(usage))]
    body = [line.removeprefix("        ") for line in rest.rstrip().split("\n")]
    lines += ["", *body] if rest.strip() else []
    shown = [option for option in usage.options if option.is_shown]
    if shown:
        heads = [", ".join(option.words) + f" {option.value}".rstrip() for option in shown]
        wide = max(map(len, heads)) + 2
        lines += ["", "Options::", ""]
        lines += [
            f"    {head:{wide}}{option.why}" for head, option in zip(heads, shown, strict=True)
        ]
    if usage.examples:
        lines += ["", "Examples::", "", *(f"    {example}" for example in usage.examples)]
    return "\n".join(lines) + "\n"


def _folded(usage: str, wide: int = 92) -> list[str]:
    """Return a line of usage in pieces, with those after the first below its options."""
    parts = usage.replace(" [", "\n[").split("\n")
    indent = " " * (len(parts[0].split(" ")[0]) + 1)
    lines = [parts[0]]
    for part in parts[1:]:
        if len(lines[-1]) + 1 + len(part) > wide:
            lines.append(indent + part)
        else:
            lines[-1] += f" {part}"
    return [f"    {line}" for line in lines]
