"""References in texts of a file: ``${train.metrics.accuracy}``, ``${parameters.lr}``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError
from maze_nb.runners.recipe import Path

_BEGIN = re.compile(r"\$(\$?)\{")
_ROOT = re.compile(r"\s*([^\W\d][\w-]*)")
_STEP = re.compile(r"""\.([\w-]+) | \[(-?[0-9]{1,9})\] | \["([^"\]]*)"\] | \['([^'\]]*)'\]""", re.X)
_EXAMPLE = "write it as in ${train.metrics.accuracy} or ${load.rows[0]}; for the text itself $${"


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference: what it begins with, which part of that it means, and how it is written."""

    root: str
    path: Path
    told: str


@dataclass(frozen=True, slots=True)
class Known:
    """Stands in a text for something that is known already."""

    value: Any


@dataclass(frozen=True, slots=True)
class Template:
    """A text with references in it; if it is only one of them it keeps its type."""

    parts: tuple[str | Ref | Known, ...]

    @property
    def whole(self) -> Ref | None:
        """The reference that it consists of, None if there is more to it."""
        only = self.parts[0] if len(self.parts) == 1 else None
        return only if isinstance(only, Ref) else None

    def refs(self) -> Iterator[Ref]:
        """Yield the references in it."""
        yield from (part for part in self.parts if isinstance(part, Ref))


def parse_text(text: str) -> str | Template:
    """Return a text with its references apart.

    Raises
    ------
    InputError
        If one of them is not closed, or not written as references are.

    Examples
    --------
    >>> parse_text("a ${b.c[0]}").parts
    ('a ', Ref(root='b', path=('c', 0), told='${b.c[0]}'))
    >>> parse_text("it costs $${5}")
    'it costs ${5}'
    """
    parts: list[str | Ref | Known] = []
    at, plain = 0, ""
    while found := _BEGIN.search(text, at):
        plain += text[at : found.start()]
        if found[1]:
            plain, at = plain + "${", found.end()
            continue
        end = text.find("}", found.end())
        if end < 0:
            raise InputError(f"{text[found.start() :][:40]!r} is not closed by a }}: {_EXAMPLE}")
        parts += [plain] if plain else []
        parts.append(_parse(text[found.end() : end], text[found.start() : end + 1]))
        plain, at = "", end + 1
    plain += text[at:]
    if not parts:
        return plain
    return Template((*parts, plain) if plain else tuple(parts))


def _parse(inner: str, told: str) -> Ref:
    root = _ROOT.match(inner)
    steps: list[str | int] = []
    at = root.end() if root else 0
    rest = inner.rstrip()
    while root and at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            root = None
            break
        name, number, *quoted = step.groups()
        steps.append(
            int(number) if number else next(each for each in (name, *quoted) if each is not None)
        )
        at = step.end()
    if root is None:
        raise InputError(f"{told[:60]!r} is no reference: {_EXAMPLE}")
    return Ref(root[1], tuple(steps), told)
