"""The cell that a notebook stopped at."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_MOST_LINES = 40


class FailingCell(NamedTuple):
    """A cell: what to call it, and its lines."""

    title: str
    source: list[str]


def failing_cell(notebook: Path) -> FailingCell | None:
    """Return the first cell of an executed notebook with an error; None if none has one."""
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return None
    for number, cell in enumerate(cells, 1):
        if any(each.get("output_type") == "error" for each in cell.get("outputs", ())):
            count = cell.get("execution_count")
            title = f"number {number}" if count is None else f"In [{count}]"
            return FailingCell(title, _lines(cell))
    return None


def plain(text: str) -> str:
    r"""Return a text without the codes that give it colour in a terminal.

    >>> plain("\x1b[31mValueError\x1b[0m: no")
    'ValueError: no'
    """
    return _COLOURS.sub("", text)


def _lines(cell: dict[str, Any]) -> list[str]:
    source = cell.get("source", "")
    lines = (source if isinstance(source, str) else "".join(source)).splitlines()
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"… {more} more lines"] if more > 0 else [])]
