"""What a notebook records under names, as it stands in its output and in a file beside it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

MIME = "application/vnd.maze.record+json"
"""The type of a display that is a record."""
FILE_VARIABLE = "MAZE_RECORDS"
"""Names the file, if any, that gets a line of JSON for each value that is recorded."""
FOLDER_VARIABLE = "MAZE_RECORDED_VALUES"
"""Names the folder, if any, that gets a pickle of each value that JSON cannot give back as it is.
"""
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_SCALARS = (bool, int, float, str, type(None))


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A value under its name.

    Attributes
    ----------
    name
        What it was recorded as.
    value
        The value as JSON has it; not there if there is a ``text``.
    text
        The value in a few words, of what JSON cannot hold, such as a figure; else empty.
    kind
        The type of the value, if it is another than that of ``value``.
    file
        The pickle of the value, in a folder that the reader knows; else empty.
    fault
        Why there is none although there was to be one.
    """

    name: str
    value: Any = None
    text: str = ""
    kind: str = ""
    file: str = ""
    fault: str = ""

    @property
    def shown(self) -> Any:
        """The value, or what stands for it."""
        return self.text or special_restored(self.value, self.kind)


def is_plain(value: Any) -> bool:
    """Tell whether JSON gives a value back as it is.

    >>> is_plain({"loss": [0.5, None]}), is_plain((1, 2)), is_plain({1: "one"})
    (True, False, False)
    """
    waiting = [value]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop()
        if type(each) in _SCALARS:
            if not _travels(each):
                return False
        elif type(each) in (list, dict):
            if id(each) in seen:
                return False
            seen.add(id(each))
            if isinstance(each, dict) and any(type(key) is not str for key in each):
                return False
            waiting += each.values() if isinstance(each, dict) else each
        else:
            return False
    return True


def as_json(value: Any) -> tuple[Any, str] | None:
    """Return a value as JSON has it, and its type if that is another; None if it cannot.

    Numbers of other libraries are numbers. What is not finite is a text, of which
    `special_restored` makes the number again.

    >>> as_json((1, 2)), as_json(float("nan")), as_json(object())
    (([1, 2], 'tuple'), ('nan', 'float'), None)
    """
    if is_plain(value):
        return value, ""
    kind = type(value).__name__
    try:
        number = value if isinstance(value, float) else _number(value)
    except TypeError:
        pass
    else:
        if isinstance(number, float) and not math.isfinite(number):
            return str(float(number)), "float"
    try:
        found = json.loads(json.dumps(value, default=_number, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return None
    return (found, kind) if is_plain(found) else None


def special_restored(value: Any, kind: str) -> Any:
    """Return a number that stands in JSON as a text; any other value as it is."""
    return float(value) if kind == "float" and isinstance(value, str) else value


def read_line(line: str) -> Record | None:
    """Return the record of a line of the file, None if it is none, as one that was cut short."""
    try:
        return msgspec.json.decode(line, type=Record)
    except msgspec.DecodeError:
        return None


def read_file(path: Path) -> dict[str, Record]:
    """Return the records of a file by name, of each the last; none if there is no file."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return by_name(filter(None, map(read_line, file)))
    except FileNotFoundError:
        return {}


def read_notebook(notebook: Mapping[str, Any]) -> dict[str, Record]:
    """Return what a notebook that ran has recorded, by name, of each the last.

    Parameters
    ----------
    notebook
        A notebook as ``nbformat`` reads it, or as its JSON is.
    """
    return by_name(_records_in(notebook))


def by_name(records: Iterable[Record]) -> dict[str, Record]:
    """Return records by their names: the last of each, in the order of the first ones."""
    return {record.name: record for record in records}


def _records_in(notebook: Mapping[str, Any]) -> Iterator[Record]:
    for cell in notebook.get("cells", ()):
        for output in cell.get("outputs", ()):
            held = output.get("data", {}).get(MIME)
            if held is None:
                continue
            try:
                # Outputs in a notebook may be mappings of nbformat's own type.
                told = held if isinstance(held, str) else json.dumps(held)
                yield msgspec.json.decode(told, type=Record)
            except (msgspec.DecodeError, TypeError, ValueError):
                continue


def _number(value: Any) -> Any:
    """Return a number of another library as Python has it."""
    item = getattr(value, "item", None)
    found = item() if callable(item) and getattr(value, "shape", None) == () else None
    if type(found) not in (bool, int, float):
        raise TypeError(f"{type(value).__name__} is not JSON")
    return found


def _travels(value: Any) -> bool:
    """Tell whether all that reads JSON reads this number or text as it is."""
    if isinstance(value, str):
        return not _HALF_PAIR.search(value)
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**64
