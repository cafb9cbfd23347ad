"""What came of a sweep: a row for each combination, as a table, a frame or a picture."""

from __future__ import annotations

import csv
import html
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.projection.bounded import bounded_text
from maze_nb.projection.humane import count_text, duration_text
from maze_nb.sdk.sweep.folder import SweepFolder
from maze_nb.sdk.sweep.grid import Grid
from maze_nb.sdk.sweep.row import NOT_RUN, Row

_CELL_CHARS = 60
_TEXT_ROWS = 20
_HTML_ROWS = 200
_CSV_CHARS = 1000
_ABOUT = ("status", "seconds", "error", "run_id", "notebook")


class Sweep:
    """A sweep as it stands in its folder.

    Parameters
    ----------
    folder
        The folder, such as ``"out/train-sweep"``.

    Attributes
    ----------
    rows
        One for each combination, in order.

    Raises
    ------
    WorkflowError
        If there is no sweep in the folder.
    """

    def __init__(self, folder: str | Path | SweepFolder) -> None:
        self.folder = folder if isinstance(folder, SweepFolder) else SweepFolder(folder)
        self.plan = self.folder.plan()
        ended = self.folder.ended()
        self.rows: list[Row] = [
            ended.get(number) or Row(number, parameters)
            for number, parameters in enumerate(Grid(self.plan.axes), 1)
        ]

    @property
    def failed(self) -> list[Row]:
        """The rows that have not succeeded, those that were not run among them."""
        return [row for row in self.rows if not row.has_succeeded]

    @property
    def recorded(self) -> list[str]:
        """The names that the notebooks recorded, in the order in which they first did."""
        return list(dict.fromkeys(name for row in self.rows for name in row.recorded))

    @property
    def text(self) -> str:
        """How many came to what, such as ``21 succeeded, 3 failed``."""
        counts = Counter(row.status.replace("_", " ") for row in self.rows)
        return ", ".join(f"{count:,} {status}" for status, count in counts.most_common())

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries, of one column each name."""
        axes, recorded = list(self.plan.axes), self.recorded
        columns = {("p", name): name for name in axes}
        taken = {"number", *axes}
        for kind, names in (("a", _ABOUT), ("r", recorded)):
            for name in names:
                label = name
                while label in taken:
                    label = f"{label} ({'recorded' if kind == 'r' else 'of the run'})"
                taken.add(label)
                columns[kind, name] = label
        return [
            {
                "number": row.number,
                **{columns["p", name]: row.parameters.get(name) for name in axes},
                **{columns["r", name]: row.recorded.get(name) for name in recorded},
                **{columns["a", name]: getattr(row, name) for name in _ABOUT},
            }
            for row in self.rows
        ]

    def to_frame(self) -> Any:
        """Return the rows as a data frame of pandas.

        Raises
        ------
        MazeError
            If pandas is not installed.
        """
        try:
            import pandas as pd  # type: ignore[import-untyped]
        except ImportError as error:
            raise MazeError(
                "to_frame() takes pandas, which is not installed here: `pip install pandas`, or "
                "use .to_dicts()"
            ) from error
        return pd.DataFrame(self.to_dicts()).set_index("number")

    def to_csv(self) -> str:
        """Return the rows as CSV; values that are no numbers or texts as JSON, cut if very long."""
        rows = self.to_dicts()
        held = io.StringIO()
        writer = csv.DictWriter(held, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _csv_value(value) for name, value in row.items()} for row in rows)
        return held.getvalue()

    def __repr__(self) -> str:
        columns, rows = self._shown(_TEXT_ROWS)
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in (columns, *rows)
        ]
        return "\n".join([self._title(), *lines, *self._rest(_TEXT_ROWS)])

    def _repr_html_(self) -> str:
        columns, rows = self._shown(_HTML_ROWS)
        head = "".join(f"<th>{html.escape(name)}</th>" for name in columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        rest = "".join(f"<p>{html.escape(line)}</p>" for line in self._rest(_HTML_ROWS))
        return (
            f"<p>{html.escape(self._title())}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{rest}"
        )

    def _title(self) -> str:
        return f"sweep {self.plan.name}: {count_text(len(self.rows), 'notebook')}, {self.text}"

    def _rest(self, most: int) -> list[str]:
        left = len(self.rows) - most
        if left <= 0:
            return []
        wrong = max(sum(map(_has_gone_wrong, self.rows)) - most, 0)
        which = f", of which {wrong:,} did not succeed" if wrong else ""
        return [f"… and {left:,} more{which}: see {self.folder.path}"]

    def _first(self, most: int) -> list[Row]:
        """Return the rows of a table that has room for so many, where those that failed matter."""
        if len(self.rows) <= most:
            return self.rows
        return sorted(self.rows, key=lambda row: not _has_gone_wrong(row))[:most]

    def _shown(self, most: int) -> tuple[list[str], list[list[str]]]:
        """Return the head and the rows of a table, as texts."""
        axes, recorded, shown = list(self.plan.axes), self.recorded, self._first(most)
        has_errors = any(row.error for row in shown)
        columns = ["", *axes, *recorded, "status", "time", *(["error"] if has_errors else [])]
        rows = [
            [
                str(row.number),
                *(_cell(row.parameters.get(name)) for name in axes),
                *(_cell(row.recorded[name]) if name in row.recorded else "" for name in recorded),
                row.status.replace("_", " "),
                "" if row.seconds is None else duration_text(row.seconds),
                *([_cell(row.error)] if has_errors else []),
            ]
            for row in shown
        ]
        return columns, rows

    def plot(self) -> Any:
        """Return a figure of the recorded numbers over the first parameter that is a number.

        Raises
        ------
        MazeError
            If matplotlib is not installed, or there are no numbers to be drawn.
        """
        # Few sweeps are drawn, and drawing takes long to import.
        from maze_nb.sdk.sweep.plot import plot

        return plot(list(self.plan.axes), self.recorded, self.rows)


def _has_gone_wrong(row: Row) -> bool:
    return not row.has_succeeded and row.status != NOT_RUN


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return bounded_text(" ".join(text.split()), _CELL_CHARS)


def _csv_value(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float):
        return "" if value is None else value
    text = json.dumps(value)
    return text if len(text) <= _CSV_CHARS else f"{text[:_CSV_CHARS]}…"
