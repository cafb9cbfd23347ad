"""The pages of Maze on Dask's dashboard: put there, listed with the others, and taken away."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from distributed.scheduler import Scheduler

from maze_nb.scheduler.dashboard_data import Board
from maze_nb.wire.reply import replying

# A scheduler can do without Bokeh.
if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.server.tornado import BokehTornado

    from maze_nb.scheduler.dashboard_plots import Plot

logger = logging.getLogger(__name__)

PAGE = "maze"
NO_DASHBOARD = "no dashboard"
NO_BOKEH = "no bokeh"
_UPDATE_MS = 1000
# Dask imports it to say on its pages that Bokeh is missing.
_WITHOUT_BOKEH = "distributed.http.scheduler.missing_bokeh"

_Draw = Callable[[Scheduler, Mapping[str, Any], "Document"], None]


@dataclass(slots=True)
class Pages:
    """The pages of one board on the dashboard of a scheduler, if it has one.

    They are a server application of their own, whose paths are entered in that of Dask: from this
    it makes the list ``/individual-plots.json`` that dask-labextension reads.

    Attributes
    ----------
    missing
        Why there are none: `NO_DASHBOARD`, `NO_BOKEH`, or what went wrong; empty if there are.
    """

    scheduler: Scheduler
    board: Board
    missing: str = NO_DASHBOARD
    _dask: BokehTornado | None = None
    _ours: BokehTornado | None = None

    def add(self) -> None:
        """Add the pages; a dashboard that cannot take them goes on without."""
        try:
            dask = _server_of(self.scheduler)
            if dask is not None:
                self._add(dask)
                self.missing = ""
            elif _WITHOUT_BOKEH in sys.modules:
                self.missing = NO_BOKEH
        except Exception as error:
            logger.exception("the dashboard is without the pages of Maze")
            self.missing = repr(error)

    def remove(self) -> None:
        """Take the pages away again."""
        dask, ours = self._dask, self._ours
        self._dask = self._ours = None
        if dask is None or ours is None:
            return
        self.missing = NO_DASHBOARD
        for path, context in ours.applications.items():
            if dask.applications.get(path) is context:
                del dask.applications[path]  # type: ignore[attr-defined]
        applications = self.scheduler.http_application.applications
        if ours in applications:
            applications.remove(ours)
            ours.stop()
        if not any(path in dask.applications for path in ours.applications):
            _unlist(self.scheduler)

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the handlers by the name under which they are called."""
        return {"maze_dashboard": replying(self.status)}

    async def status(self) -> dict[str, str]:
        """Return what a client has to know to show the page."""
        prefix = self._dask.prefix if self._dask is not None else ""
        return {"page": PAGE, "missing": self.missing, "prefix": prefix}

    def _add(self, dask: BokehTornado) -> None:
        from distributed.dashboard.core import BokehApplication
        from distributed.dashboard.scheduler import template_variables
        from tornado.ioloop import IOLoop

        _list(self.scheduler)
        ours = BokehApplication(
            {f"/{name}": self._document(*plot) for name, plot in _plots().items()},
            self.scheduler,
            prefix=dask.prefix,
            template_variables=template_variables(self.scheduler),
        )
        ours.initialize(IOLoop.current())
        # Those of a plugin that was taken away without being closed would hide these.
        for other in list(self.scheduler.http_application.applications):
            if other is not dask and f"/{PAGE}" in getattr(other, "app_paths", ()):
                self.scheduler.http_application.applications.remove(other)
                other.stop()
        self.scheduler.http_application.add_application(ours)
        dask.applications.update(ours.applications)  # type: ignore[attr-defined]
        ours.start()
        self._dask, self._ours = dask, ours

    def _document(self, title: str, make: Callable[[Board], Plot]) -> _Draw:
        from distributed.dashboard.components import add_periodic_callback
        from distributed.dashboard.components.scheduler import BOKEH_THEME, env

        def draw(_scheduler: Scheduler, extra: Mapping[str, Any], document: Document) -> None:
            plot = make(self.board)
            plot.update()
            document.title = f"Maze: {title}"
            document.theme = BOKEH_THEME
            document.add_root(plot.root)
            if title == PAGE.title():
                document.template = env.from_string(_TEMPLATE)
                document.template_variables.update(extra)
            add_periodic_callback(document, plot, _UPDATE_MS)

        return draw


# Dask's bar lies above the page; where it takes two rows, it would cover what is below it.
_TEMPLATE = """{% extends "simple.html" %}
{% block extra_resources %}
<style>body { padding-top: 0; } .navbar { position: sticky; }</style>
{% endblock %}
"""


def _plots() -> dict[str, tuple[str, Callable[[Board], Plot]]]:
    """Return the pages by their names: what stands above each, and what draws it."""
    from maze_nb.scheduler import dashboard_plots as plots

    return {
        PAGE: (PAGE.title(), plots.PagePlot),
        "individual-maze-nodes": ("nodes", plots.NodesPlot),
        "individual-maze-gpus": ("GPUs", plots.GpusPlot),
        "individual-maze-queue": ("queue", plots.QueuePlot),
        "individual-maze-tasks": ("tasks", plots.TasksPlot),
        "individual-maze-use": ("use", plots.UsePlot),
    }


def _server_of(scheduler: Scheduler) -> BokehTornado | None:
    """Return Dask's own pages, if it serves any."""
    # Bokeh takes long to import, and is there already if Dask serves pages.
    if "bokeh.server.tornado" not in sys.modules:
        return None
    from bokeh.server.tornado import BokehTornado

    found = getattr(scheduler, "http_application", None)
    servers = (app for app in getattr(found, "applications", ()) if isinstance(app, BokehTornado))
    return next(servers, None)


def _list(scheduler: Scheduler) -> None:
    """Name the pages where Dask's pages name each other."""
    from distributed.dashboard.scheduler import template_variables

    _unlist(scheduler)
    listed = template_variables(scheduler)
    listed["pages"].append(PAGE)
    for name in _plots():
        if name != PAGE:
            _, *words = name.split("-")
            said = " ".join(words).title().replace("Gpus", "GPUs")
            listed["plots"].append({"url": name, "name": said})
    listed["plots"].sort(key=lambda plot: plot["name"])


def _unlist(scheduler: Scheduler) -> None:
    from distributed.dashboard.scheduler import template_variables

    listed, ours = template_variables(scheduler), _plots()
    listed["pages"][:] = [page for page in listed["pages"] if page != PAGE]
    listed["plots"][:] = [plot for plot in listed["plots"] if plot["url"] not in ours]
