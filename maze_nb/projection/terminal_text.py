"""What is left on a terminal of what was printed to it: text with its overwritten parts gone."""

from __future__ import annotations

import re
from collections import deque

# What moves the cursor or takes text away; all else, colours included, is put where it stands.
_CONTROL = re.compile(r"(\r\n|\r|\n|\x08|\x1b\[\d*[ABK])")
_CELL = re.compile(r"(?:\x1b\[[0-9;:?]*[a-zA-Z])*[^\x1b]|\x1b\[[0-9;:?]*[a-zA-Z]|\x1b")
_LETTER = re.compile(r"(?:\x1b\[[0-9;:?]*[a-zA-Z])*[^\x1b]")


class TerminalText:
    r"""The last so many characters of printed text, as a terminal would show them.

    A carriage return goes back to the start of the line, a backspace one letter, and the
    sequences by which progress bars move up and down or clear a line do so. Colours are kept.

    Parameters
    ----------
    limit
        Most characters kept; the oldest lines are left out first.

    Attributes
    ----------
    left_out
        How many characters were left out.

    Examples
    --------
    >>> shown = TerminalText(1_000)
    >>> shown.write("10 %\r55 %\r100 %\ndone")
    >>> shown.text
    '100 %\ndone'
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.left_out = 0
        self._lines: deque[str] = deque([""])
        self._row = 0
        self._column: int | None = None  # None is the end of the line
        self._size = 0

    @property
    def text(self) -> str:
        """What is shown now."""
        return "\n".join(self._lines)

    @property
    def size(self) -> int:
        """How many characters that are."""
        return self._size + len(self._lines) - 1

    def write(self, printed: str) -> None:
        """Print something."""
        # Of one huge piece only the end can be kept, so that the rest need not be looked at.
        if len(printed) > 4 * self.limit:
            cut = len(printed) - 2 * self.limit
            self.left_out += cut
            printed = printed[cut:]
        for part in _CONTROL.split(printed):
            if not part:
                continue
            if part in ("\n", "\r\n"):
                self._move(1)
                self._column = None if self._row == len(self._lines) - 1 else 0
            elif part == "\r":
                self._column = 0
            elif part == "\x08":
                self._column = max(0, self._place() - 1)
            elif part[0] == "\x1b" and _CONTROL.fullmatch(part):
                self._obey(part[2:-1], part[-1])
            else:
                self._put(part)
        self.shrink(self.limit)

    def shrink(self, limit: int) -> None:
        """Leave out the oldest so that at most so many characters stay."""
        while len(self._lines) > 1 and self.size > limit:
            gone = self._lines.popleft()
            self._size -= len(gone)
            self.left_out += len(gone) + 1
            self._row = max(0, self._row - 1)
        if self.size > limit:
            only = self._lines[0]
            self.left_out += len(only) - limit
            self._set(0, only[len(only) - limit :])
            self._column = None

    def _put(self, part: str) -> None:
        line = self._lines[self._row]
        if self._column is None:
            self._lines[self._row] = line + part
            self._size += len(part)
            return
        if "\x1b" not in line and "\x1b" not in part:
            end = self._column + len(part)
            self._set(self._row, line[: self._column].ljust(self._column) + part + line[end:])
        else:
            cells, new = _CELL.findall(line), _CELL.findall(part)
            cells += [" "] * (self._column - len(cells))
            end = self._column + sum(1 for cell in new if _LETTER.fullmatch(cell))
            self._set(self._row, "".join((*cells[: self._column], *new, *cells[end:])))
        self._column = end if end < _width(self._lines[self._row]) else None

    def _obey(self, number: str, what: str) -> None:
        place = self._place()
        if what == "K":
            kept = _CELL.findall(self._lines[self._row])[: 0 if number == "2" else place]
            self._set(self._row, "".join(kept))
            self._column = place or None
            return
        self._move(int(number or 1) * (-1 if what == "A" else 1))
        self._column = place if place < _width(self._lines[self._row]) else None

    def _move(self, rows: int) -> None:
        self._row = max(0, self._row + min(rows, self.limit))
        while self._row >= len(self._lines):
            self._lines.append("")

    def _place(self) -> int:
        return _width(self._lines[self._row]) if self._column is None else self._column

    def _set(self, row: int, line: str) -> None:
        self._size += len(line) - len(self._lines[row])
        self._lines[row] = line


def _width(line: str) -> int:
    if "\x1b" not in line:
        return len(line)
    return sum(1 for cell in _CELL.findall(line) if _LETTER.fullmatch(cell))
