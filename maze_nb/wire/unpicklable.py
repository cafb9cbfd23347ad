"""Which part of a value cannot be pickled, and why."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any

_DEEPEST = 12
_MOST = 2000
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """What cannot be pickled: where it is inside a value, as people would write it, and why."""

    path: str
    value: Any
    reason: str


def is_open_file(value: Any) -> bool:
    """Tell whether a value is a file that is open, of which only a copy could travel."""
    if not isinstance(value, io.IOBase) or isinstance(value, io.StringIO | io.BytesIO):
        return False
    return value not in (sys.stdin, sys.stdout, sys.stderr)


def find_fault(value: Any, name: str, dump: Callable[[Any], object]) -> Fault | None:
    """Return what is at fault in a value that cannot be pickled, as deep inside as it can be told.

    Parameters
    ----------
    name
        What the value is called: where paths begin.
    dump
        Pickles a value, or raises.
    """
    reason = _reason(value, dump)
    if reason is None:
        return None
    found, seen, left = Fault(name, value, reason), {id(value)}, _MOST
    for _ in range(_DEEPEST):
        for step, part in _parts(found.value):
            left -= 1
            if left < 0:
                return found
            if id(part) in seen:
                continue
            seen.add(id(part))
            reason = _reason(part, dump)
            if reason is not None:
                found = Fault(found.path + step, part, reason)
                break
        else:
            return found
    return found


def _reason(value: Any, dump: Callable[[Any], object]) -> str | None:
    if is_open_file(value):
        return "it is an open file"
    try:
        dump(value)
    except Exception as error:  # noqa: BLE001 - pickling runs the user's own code
        return str(error) or type(error).__name__
    return None


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is inside a value, and how one gets there from it."""
    if isinstance(value, dict):
        yield from ((f"[{_short(key)}]", part) for key, part in list(value.items()))
    elif isinstance(value, list | tuple):
        yield from ((f"[{index}]", part) for index, part in enumerate(value))
    elif isinstance(value, FunctionType):
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or (), strict=False):
            try:
                yield f" (its {name})", cell.cell_contents
            except ValueError:
                continue
        for name in value.__code__.co_names:
            if name in value.__globals__:
                yield f" (its global {name})", value.__globals__[name]
    elif not isinstance(value, type):
        yield from (
            (f".{name}", part) for name, part in list(getattr(value, "__dict__", {}).items())
        )


def _short(key: Any) -> str:
    try:
        text = repr(key)
    except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything
        return "…"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
