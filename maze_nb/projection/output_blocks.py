"""What stands under the cell of a task: its messages as blocks of text, displays and errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from maze_nb.projection.message import Message, data_of, mapping_of, text_of, type_of, whole_of
from maze_nb.projection.said_above import without_said
from maze_nb.projection.terminal_text import TerminalText
from maze_nb.projection.wording import failure_line

TEXT_CHARS = 2**16
"""Most characters of printed text that are kept of one attempt: the last ones."""
EARLIER_CHARS = 2**12
"""The same of an attempt that another has followed."""
MOST_BLOCKS = 200
EARLIER_BLOCKS = 20
MOST_EARLIER = 5
TRACEBACK_CHARS = 20_000

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class TextBlock:
    """What was printed to one stream with nothing else in between.

    Attributes
    ----------
    stream
        ``"stdout"`` or ``"stderr"``.
    left_out
        How many characters before it are not in it.
    """

    stream: str
    text: str
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class DisplayBlock:
    """A display, as Jupyter has it; ``stored`` tells of the file with the whole of it, if any."""

    data: Data
    metadata: Data = field(default_factory=dict)
    stored: Data | None = None


@dataclass(frozen=True, slots=True)
class ErrorBlock:
    """The traceback of a failure.

    Attributes
    ----------
    shown
        The same without what stands above it; None if nothing of it does.
    """

    traceback: str
    shown: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class EarlierBlock:
    """What is kept of an attempt that another has followed, and why it ended."""

    attempt: int
    reason: str
    blocks: tuple[PlainBlock, ...]


PlainBlock = TextBlock | DisplayBlock | ErrorBlock
Block = PlainBlock | EarlierBlock


@dataclass(slots=True)
class _Printed:
    """Text of one stream that may still grow."""

    stream: str
    shown: TerminalText

    def frozen(self) -> TextBlock:
        return TextBlock(self.stream, self.shown.text, self.shown.left_out)


class TaskOutput:
    """The output of one task, kept up with its messages.

    Guards its size: of much text the end is kept, of very many blocks the newest.

    Attributes
    ----------
    left_out
        How many blocks were left out.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._attempt = 1
        self._earlier: list[EarlierBlock] = []
        self._parts: list[_Printed | DisplayBlock | ErrorBlock] = []
        self._by_id: dict[str, int] = {}

    def fold(self, message: Message) -> bool:
        """Take in a message of the task; return whether its blocks may be others now."""
        kind, data = type_of(message), data_of(message)
        attempt = whole_of(data.get("attempt")) or 1
        if kind == "start_task":
            self._begin(attempt)
        elif kind == "task_log":
            self._print(str(data.get("stream") or "stdout"), text_of(data.get("text")) or "")
        elif kind == "task_display":
            self._display(data)
        elif kind == "task_exception":
            self._fail(data)
        elif kind == "task_retry":
            self._retry(attempt, data)
        else:
            return False
        return True

    def blocks(self) -> list[Block]:
        """Return the blocks, what earlier attempts left first."""
        now = (part.frozen() if isinstance(part, _Printed) else part for part in self._parts)
        return [*self._earlier, *now]

    def _begin(self, attempt: int) -> None:
        if attempt <= 1:
            self._earlier = []
        self._attempt = attempt
        self._clear()

    def _clear(self) -> None:
        self._parts, self._by_id, self.left_out = [], {}, 0

    def _print(self, stream: str, text: str) -> None:
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, _Printed) or last.stream != stream:
            last = _Printed(stream, TerminalText(TEXT_CHARS))
            self._append(last)
        last.shown.write(text)
        self._bound_text()

    def _display(self, data: Data) -> None:
        stored = mapping_of(data.get("stored")) or None
        block = DisplayBlock(mapping_of(data.get("data")), mapping_of(data.get("metadata")), stored)
        display_id = text_of(data.get("display_id"))
        place = self._by_id.get(display_id, -1) if display_id else -1
        if place >= self.left_out:
            self._parts[place - self.left_out] = block
            return
        if display_id:
            self._by_id[display_id] = self.left_out + len(self._parts)
        self._append(block)

    def _fail(self, data: Data) -> None:
        block = error_block(str(data.get("result") or ""))
        printed = "".join(part.shown.text for part in self._parts if isinstance(part, _Printed))
        shown = without_said(block.traceback, printed)
        self._append(block if shown == block.traceback else ErrorBlock(block.traceback, shown))

    def _retry(self, attempt: int, data: Data) -> None:
        error = mapping_of(data.get("error"))
        reason = failure_line(error) if error else str(data.get("reason") or "")
        if data.get("result"):
            self._fail(data)
        kept: list[PlainBlock] = []
        left = EARLIER_CHARS
        for part in reversed(self._parts[-EARLIER_BLOCKS:]):
            if isinstance(part, _Printed):
                part.shown.shrink(max(0, left))
                left -= part.shown.size
                if part.shown.size:
                    kept.append(part.frozen())
            else:
                kept.append(part)
        self._earlier.append(EarlierBlock(attempt, reason, tuple(reversed(kept))))
        del self._earlier[:-MOST_EARLIER]
        self._clear()

    def _append(self, part: _Printed | DisplayBlock | ErrorBlock) -> None:
        self._parts.append(part)
        if len(self._parts) > MOST_BLOCKS:
            del self._parts[0]
            self.left_out += 1

    def _bound_text(self) -> None:
        """Leave out the oldest text, so that all of it together stays within the bound."""
        printed = [part for part in self._parts if isinstance(part, _Printed)]
        left = TEXT_CHARS
        for part in reversed(printed):
            if part.shown.size > left:
                part.shown.shrink(max(0, left))
            left -= part.shown.size


def error_block(traceback: str) -> ErrorBlock:
    """Return a traceback as a block, without its middle if it is very long."""
    if len(traceback) <= TRACEBACK_CHARS:
        return ErrorBlock(traceback)
    head, tail = TRACEBACK_CHARS // 3, TRACEBACK_CHARS - TRACEBACK_CHARS // 3
    left_out = len(traceback) - head - tail
    cut = f"\n… {left_out:,} characters left out …\n"
    return ErrorBlock(f"{traceback[:head]}{cut}{traceback[-tail:]}")
