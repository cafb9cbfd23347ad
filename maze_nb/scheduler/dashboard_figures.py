"""What all cluster plots are made of; the page is told only of what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource, DataRange1d, FactorRange, LayoutDOM
from bokeh.models.annotations import Title
from bokeh.plotting import figure

_LABEL_LETTERS = 28


def title_of(text: str = "") -> Title:
    """Return the title of a figure."""
    return Title(text=text, text_font_size="12px")


def counted() -> DataRange1d:
    """Return an axis that begins at none, and shows one at least."""
    return DataRange1d(start=0, min_interval=1)


def empty_figure(title: Title, **options: Any) -> figure:
    """Return an empty figure in the style of the dashboard."""
    made = figure(title=title, tools="", sizing_mode="stretch_both", min_height=100, **options)
    made.toolbar_location = None
    made.ygrid.grid_line_color = None
    made.xaxis.minor_tick_line_color = None
    return made


def legend_beside(made: figure) -> None:
    """Move the legend out of the drawing."""
    made.add_layout(made.legend[0], "right")
    made.legend.label_text_font_size = "10px"
    made.legend.border_line_color = None
    made.legend.margin = 2
    made.legend.glyph_height = 12
    made.legend.glyph_width = 12


def relabel(axis: FactorRange, names: Sequence[str]) -> None:
    """Name the bars; the first stands at the top, as in a list."""
    factors = list(reversed(names))
    if axis.factors != factors:
        axis.factors = factors


def renew(source: ColumnDataSource, data: Mapping[str, Sequence[object]]) -> None:
    """Set what a figure draws, if it is anything new."""
    if source.data != data:
        source.data = dict(data)


def set_changed(model: LayoutDOM, **values: object) -> None:
    """Set what has changed only, as the browser lays the page out anew for each."""
    changed = {name: value for name, value in values.items() if getattr(model, name) != value}
    if changed:
        model.update(**changed)


def distinct(names: Sequence[str]) -> list[str]:
    """Return labels for names, each another."""
    seen: dict[str, int] = {}
    found = []
    for name in map(cut, names):
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found


def cut(name: str) -> str:
    """Return a name as short as a label may be."""
    half = _LABEL_LETTERS // 2
    return name if len(name) <= _LABEL_LETTERS else f"{name[:half]}…{name[-half + 1 :]}"
