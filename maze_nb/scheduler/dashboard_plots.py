"""The Bokeh figures of the cluster plots: what each shows, and how it is brought up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from bokeh.layouts import column, row
from bokeh.models import (
    ColumnDataSource,
    DataRange1d,
    DatetimeTickFormatter,
    FactorRange,
    HoverTool,
    LayoutDOM,
    NumeralTickFormatter,
    Range1d,
)

from maze_nb.model.states import TaskState
from maze_nb.projection.humane import count_text
from maze_nb.projection.looks import GREY, ORANGE, TASK_LOOKS, tint
from maze_nb.scheduler.dashboard_data import Bars, Board, Reading
from maze_nb.scheduler.dashboard_figures import (
    counted,
    cut,
    distinct,
    empty_figure,
    legend_beside,
    relabel,
    renew,
    set_changed,
    title_of,
)

_TINTS = {"CPU": "#0072B2", "memory": "#009E73", "GPU": "#CC79A7", "VRAM": "#D55E00"}
_GONE_STATES = ("skipped", "cancelled")
_STATES = [state.value for state in TaskState]
_BAR_PIXELS = 22
_LEAST_SPAN_MS = 60_000
_LEAST_PIXELS = 150


class Plot(Protocol):
    """One figure, or several in a layout."""

    @property
    def root(self) -> LayoutDOM:
        """What is put into the page."""
        ...

    def update(self) -> None:
        """Show how the cluster is now."""
        ...


class ResourcePlot:
    """Bars of one resource: what is reserved wide and pale, what is used narrow and full."""

    def __init__(self, board: Board, title: str, resource: str, what: str) -> None:
        self._board, self._title, self._resource, self._what = board, title, resource, what
        self.source = ColumnDataSource(
            {"name": [], "reserved": [], "used": [], "said": [], "detail": []}
        )
        self.title, self.names = title_of(title), FactorRange()
        self.root = empty_figure(self.title, y_range=self.names, x_range=Range1d(start=0, end=1))
        self.root.xaxis.formatter = NumeralTickFormatter(format="0%")
        colour = _TINTS[resource]
        for field, height, shade in (("reserved", 0.86, tint(colour, 0.3)), ("used", 0.4, colour)):
            self.root.hbar(
                y="name", right=field, height=height, color=shade, source=self.source,
                legend_label=field,
            )  # fmt: skip
        legend_beside(self.root)
        told = [("", "@name"), ("used", "@said"), ("reserved", "@reserved{0%} (@detail)")]
        self.root.add_tools(HoverTool(tooltips=told))

    def update(self) -> None:
        """Show how the cluster is now."""
        found: Bars = getattr(self._board.look(), self._resource.lower())
        names = [cut(bar.name) for bar in found.bars]
        more = f", {len(names)} most used of {found.total:,} {self._what}"
        self.title.text = self._title + (more if found.total > len(names) else "")
        relabel(self.names, names)
        renew(
            self.source,
            {
                "name": names,
                "reserved": [bar.reserved for bar in found.bars],
                "used": [bar.used or 0.0 for bar in found.bars],
                "said": ["?" if bar.used is None else f"{bar.used:.0%}" for bar in found.bars],
                "detail": [bar.detail for bar in found.bars],
            },
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is no bar."""
        return not self.source.data["name"]


class PairPlot:
    """Two resources beside each other; nothing where there is none of them."""

    def __init__(self, board: Board, plots: Sequence[tuple[str, str, str]]) -> None:
        self.plots = [ResourcePlot(board, *asked) for asked in plots]
        self.root = row(*(plot.root for plot in self.plots), sizing_mode="stretch_both")

    def update(self) -> None:
        """Show how the cluster is now."""
        for plot in self.plots:
            plot.update()

    @property
    def is_empty(self) -> bool:
        """Whether there is no bar."""
        return all(plot.is_empty for plot in self.plots)


class NodesPlot(PairPlot):
    """CPU and memory of each node."""

    def __init__(self, board: Board) -> None:
        super().__init__(board, [("CPU", "CPU", "nodes"), ("Memory", "memory", "nodes")])


class GpusPlot(PairPlot):
    """GPU and VRAM of each device."""

    def __init__(self, board: Board) -> None:
        super().__init__(board, [("GPU", "GPU", "devices"), ("VRAM", "VRAM", "devices")])


class QueuePlot:
    """How many ready tasks wait for what."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.source = ColumnDataSource({"name": [], "tasks": []})
        self.title, self.names = title_of(), FactorRange()
        self.root = empty_figure(self.title, y_range=self.names, x_range=counted())
        self.root.xaxis.formatter = NumeralTickFormatter(format="0,0")
        self.root.hbar(y="name", right="tasks", height=0.7, color=ORANGE, source=self.source)
        self.root.add_tools(HoverTool(tooltips=[("", "@tasks{0,0} for @name")]))

    def update(self) -> None:
        """Show how the cluster is now."""
        queue = self._board.look().queue
        names = sorted(queue, key=lambda name: (-queue[name], name))
        number = sum(queue.values())
        self.title.text = f"{count_text(number, 'ready task')} waiting for"
        relabel(self.names, names)
        renew(self.source, {"name": names, "tasks": [queue[name] for name in names]})


class TasksPlot:
    """The tasks of each run by state."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.source = ColumnDataSource({"run": [], **{state: [] for state in _STATES}})
        self.title, self.names = title_of(), FactorRange()
        self.root = empty_figure(self.title, y_range=self.names, x_range=counted())
        self.root.xaxis.formatter = NumeralTickFormatter(format="0,0")
        colours = [_state_colour(state) for state in _STATES]
        bars = self.root.hbar_stack(
            _STATES, y="run", height=0.7, color=colours, source=self.source, legend_label=_STATES
        )
        for state, bar in zip(_STATES, bars, strict=True):
            told = [("", "@run"), (f"{TASK_LOOKS[state].glyph} {state}", f"@{state}{{0,0}}")]
            self.root.add_tools(HoverTool(renderers=[bar], tooltips=told))
        legend_beside(self.root)

    def update(self) -> None:
        """Show how the cluster is now."""
        reading = self._board.look()
        names = distinct([run.name for run in reading.runs])
        said = [
            f"{reading.tasks[state]:,} {state}" for state in _STATES if reading.tasks.get(state)
        ]
        self.title.text = " · ".join(["Tasks by state", *said])
        relabel(self.names, names)
        counts = [run.counts for run in reading.runs]
        renew(
            self.source,
            {"run": names, **{state: [run.get(state, 0) for run in counts] for state in _STATES}},
        )


class UsePlot:
    """How much of the cluster was used of late."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.source = ColumnDataSource({name: [] for name in ("time", *_TINTS)})
        self.root = empty_figure(
            title_of("Use of the cluster"), x_axis_type="datetime", y_range=Range1d(start=0, end=1)
        )
        self.root.yaxis.formatter = NumeralTickFormatter(format="0%")
        time = "%H:%M:%S"
        self.root.xaxis.formatter = DatetimeTickFormatter(
            milliseconds=time, seconds=time, minsec=time, minutes=time
        )
        self.root.x_range = DataRange1d(min_interval=_LEAST_SPAN_MS)
        self.root.xgrid.grid_line_color = None
        self.root.ygrid.grid_line_color = "#e5e5e5"
        for name, colour in _TINTS.items():
            self.root.line(
                "time", name, color=colour, line_width=2, source=self.source, legend_label=name
            )
        legend_beside(self.root)

    def update(self) -> None:
        """Show how the cluster is now."""
        self._board.look()
        data: dict[str, list[float]] = {name: [] for name in ("time", *_TINTS)}
        before = 0.0
        for reading in self._board.history:
            before = _local(reading) if reading is not None else before + 1
            data["time"].append(before)
            for name in _TINTS:
                share = reading.use[name] if reading is not None else None
                data[name].append(float("nan") if share is None else share)
        self.source.data = data


class PagePlot:
    """All of the others in one page."""

    def __init__(self, board: Board) -> None:
        self.nodes, self.gpus = NodesPlot(board), GpusPlot(board)
        self.queue, self.tasks, self.use = QueuePlot(board), TasksPlot(board), UsePlot(board)
        waiting = row(self.tasks.root, self.queue.root, sizing_mode="stretch_width", height=230)
        self.use.root.update(sizing_mode="stretch_width", height=180)
        pairs = (self.nodes, self.gpus)
        for pair in pairs:
            pair.root.sizing_mode = "stretch_width"
        self.root = column(
            waiting, *(pair.root for pair in pairs), self.use.root, sizing_mode="stretch_width"
        )

    def update(self) -> None:
        """Show how the cluster is now."""
        for plot in (self.nodes, self.gpus, self.queue, self.tasks, self.use):
            plot.update()
        for pair in (self.nodes, self.gpus):
            bars = max(len(plot.source.data["name"]) for plot in pair.plots)
            set_changed(pair.root, visible=not pair.is_empty)
            set_changed(pair.root, height=max(_LEAST_PIXELS, 70 + bars * _BAR_PIXELS))


def _state_colour(state: str) -> str:
    colour = TASK_LOOKS[state].colour
    if colour != GREY:
        return colour
    return tint(GREY, 0.3 if state in _GONE_STATES else 0.6 if state == "waiting" else 1.0)


def _local(reading: Reading) -> float:
    # Bokeh shows times as they are written in UTC.
    at = datetime.fromtimestamp(reading.time, tz=UTC).astimezone()
    offset = at.utcoffset()
    return (reading.time + (offset.total_seconds() if offset else 0.0)) * 1000
