"""The recorded numbers of a sweep as a figure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.sdk.sweep.row import Row, label_of

_PANELS = 4
_LINES = 10


def plot(axes: Sequence[str], recorded: Sequence[str], rows: Sequence[Row]) -> Any:
    """Return a figure with a panel for each recorded number, over the first number of the grid.

    There is a line for each combination of the other parameters.

    Raises
    ------
    MazeError
        If matplotlib is not installed, or there are no numbers to be drawn.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MazeError(
            "a plot takes matplotlib, which is not installed here: `pip install matplotlib`"
        ) from error
    done = [row for row in rows if row.recorded]
    across = _numbers_among(axes, [row.parameters for row in done])
    up = _numbers_among(
        [name for name in recorded if name not in axes], [row.recorded for row in done]
    )[:_PANELS]
    if not across or not up:
        raise MazeError(
            "there is nothing to plot: a number in the grid and one that was recorded are needed"
        )
    figure = Figure(figsize=(6.4, 3.2 * len(up)), layout="constrained")
    panels = figure.subplots(len(up), squeeze=False)[:, 0]
    for name, panel in zip(up, panels, strict=True):
        for label, points in _lines(across[0], name, done).items():
            panel.plot(*zip(*sorted(points), strict=True), marker="o", label=label)
        panel.set_xlabel(across[0])
        panel.set_ylabel(name)
        if len(axes) > 1:
            panel.legend(fontsize="small")
    return figure


def _lines(across: str, up: str, rows: Sequence[Row]) -> dict[str, list[tuple[Any, Any]]]:
    found: dict[str, list[tuple[Any, Any]]] = {}
    for row in rows:
        if row.recorded.get(up) is None:
            continue
        others = {name: value for name, value in row.parameters.items() if name != across}
        label = label_of(others)
        if label in found or len(found) < _LINES:
            found.setdefault(label, []).append((row.parameters[across], row.recorded[up]))
    return found


def _is_number(value: Any) -> bool:
    """Tell whether a value can be drawn."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _numbers_among(names: Sequence[str], values: Sequence[dict[str, Any]]) -> list[str]:
    """Return the names that stand for numbers wherever they stand for something."""
    return [
        name
        for name in names
        if (found := [each[name] for each in values if each.get(name) is not None])
        and all(map(_is_number, found))
    ]
