"""The end of what each task printed, within bounds, and how printed text reads in a view."""

from __future__ import annotations

from collections import OrderedDict

from maze_nb.model.rows import LogRow
from maze_nb.projection.bounded import bounded_text

TAIL_CHARS = 8_000
"""How much of what one task printed is kept."""
TASKS_KEPT = 300
"""Of how many tasks it is kept: of those that printed last."""
ALL_CHARS = 400_000


class LogTails:
    """What tasks printed last, kept within bounds however much they print."""

    def __init__(self) -> None:
        self._tails: OrderedDict[str, _Tail] = OrderedDict()
        self._size = 0

    def add(self, task_id: str, text: str, stream: str = "stdout") -> None:
        """Take in lines that a task printed to a stream."""
        tail = self._tails.pop(task_id, None) or _Tail()
        self._size -= tail.size
        tail.add(stream, text)
        self._tails[task_id] = tail
        self._size += tail.size
        while len(self._tails) > TASKS_KEPT or self._size > ALL_CHARS:
            _, dropped = self._tails.popitem(last=False)
            self._size -= dropped.size

    def rows(self) -> dict[str, list[LogRow]]:
        """Return the tails, those that grew last at the end."""
        return {task_id: tail.rows() for task_id, tail in self._tails.items()}


class _Tail:
    """The end of what one task printed, in parts by stream."""

    __slots__ = ("_is_cut", "_parts", "size")

    def __init__(self) -> None:
        self._parts: list[tuple[str, str]] = []
        self._is_cut = False
        self.size = 0

    def add(self, stream: str, text: str) -> None:
        """Take in lines; what was before the end is dropped now and then."""
        if self._parts and self._parts[-1][0] == stream:
            self._parts[-1] = stream, f"{self._parts[-1][1]}\n{text}"
            self.size += len(text) + 1
        else:
            self._parts.append((stream, text))
            self.size += len(text)
        if self.size > 2 * TAIL_CHARS:
            self._parts, self._is_cut = self._end(), True
            self.size = sum(len(text) for _, text in self._parts)

    def rows(self) -> list[LogRow]:
        """Return the parts within bounds; an ellipsis stands for what was before them."""
        is_cut = self._is_cut or self.size > TAIL_CHARS
        rows: list[LogRow] = [{"stream": stream, "text": text} for stream, text in self._end()]
        if is_cut and rows:
            rows[0] = {**rows[0], "text": f"…\n{rows[0]['text']}"}
        return rows

    def _end(self) -> list[tuple[str, str]]:
        left, found = TAIL_CHARS, list[tuple[str, str]]()
        for stream, text in reversed(self._parts):
            if left <= 0:
                break
            found.append((stream, _cut(text, left)))
            left -= len(text)
        return found[::-1]


def printed_text(text: object, limit: int = TAIL_CHARS) -> str:
    """Return printed text as a terminal would leave it: of a line written over, what came last."""
    said = str(text or "")
    if "\r" in said:
        said = "\n".join(_last_writing(line) for line in said.replace("\r\n", "\n").split("\n"))
    return bounded_text(said, limit).rstrip("\n")


def _last_writing(line: str) -> str:
    return line.rstrip("\r").rpartition("\r")[2]


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    # A line is left out as a whole where that is possible.
    kept = text[-most:]
    head, newline, rest = kept.partition("\n")
    return rest if newline and len(head) < most // 2 else kept
