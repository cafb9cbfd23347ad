"""What a task made, as the dict that is handed to its user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from maze_nb.projection.named_values import named_values_text, value_text

if TYPE_CHECKING:
    from IPython.lib.pretty import RepresentationPrinter

_CHARS = 100_000
_ITEMS = 1_000


class TaskResult(dict[str, Any]):
    """The outputs of a task by name: a dict, of which no more is shown than a page can take.

    Its values are as the task made them: only what is shown of them is cut.
    """

    def __repr__(self) -> str:
        return named_values_text(self.items(), _CHARS)

    def __reduce__(self) -> tuple[type[dict[str, Any]], tuple[dict[str, Any]]]:
        return dict, (dict(self),)

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        from IPython.lib.pretty import pretty

        with printer.group(1, "{", "}"):
            for number, (name, value) in enumerate(self.items()):
                if number:
                    printer.text(",")
                    printer.breakable()
                text = (
                    "..."
                    if cycle
                    else value_text(
                        value, _CHARS // len(self), lambda it: pretty(it, max_seq_length=_ITEMS)
                    )
                )
                printer.text(f"{name!r}: ")
                for row, line in enumerate(text.split("\n")):
                    if row:
                        printer.break_()
                    printer.text(line)
