"""How the task cells stand, as a table: in text and in HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

from maze_nb.magics.status import Standing
from maze_nb.projection.marks import MARK_LOOKS, marks_text
from maze_nb.projection.markup import markup_text

_SHOWN = 100
_CELL = "text-align:left;vertical-align:top;padding:3px 14px 3px 0;border:0"


class Status(Sequence[Standing]):
    """How each task cell stands; shown as a table, and below it what was edited by hand."""

    def __init__(self, found: Iterable[Standing], edits: Iterable[str] = ()) -> None:
        self._found = list(found)
        self._edits = list(edits)

    @overload
    def __getitem__(self, index: int) -> Standing: ...

    @overload
    def __getitem__(self, index: slice) -> list[Standing]: ...

    def __getitem__(self, index: int | slice) -> Standing | list[Standing]:
        return self._found[index]

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        shown = self._found[:_SHOWN]
        wide = max((len(each.name) for each in shown), default=0)
        lines = [
            f"{MARK_LOOKS[each.mark].glyph} {each.name:{wide}}  {each.mark:7}  {each.why}".rstrip()
            for each in shown
        ]
        return "\n".join([*lines, *self._rest()])

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self._found[:_SHOWN]))
        rest = "".join(f'<p style="margin:4px 0">{markup_text(line)}</p>' for line in self._rest())
        style = "border-collapse:collapse;border:0;margin:6px 0;font-size:12px;color:inherit"
        return f'<table style="{style}"><tbody>{rows}</tbody></table>{rest}'

    def _rest(self) -> list[str]:
        more = len(self._found) - _SHOWN
        counts = marks_text(each.mark for each in self._found)
        lines = [*([f"… and {more:,} more cells"] if more > 0 else []), counts]
        if self._edits:
            lines.append("edited in the graph (%maze_dag --undo takes back the last, --reset all):")
            lines += [f"  {words}" for words in self._edits[:_SHOWN]]
        return lines


def _row(each: Standing) -> str:
    look = MARK_LOOKS[each.mark]
    mark = f'<span style="color:{look.colour}">{markup_text(look.glyph)}</span>'
    cells = (mark, f"<strong>{markup_text(each.name)}</strong>", markup_text(each.mark))
    drawn = "".join(f'<td style="{_CELL};white-space:nowrap">{cell}</td>' for cell in cells)
    why = f'<td style="{_CELL}">{markup_text(each.why)}</td>'
    return f'<tr style="background:transparent">{drawn}{why}</tr>'
