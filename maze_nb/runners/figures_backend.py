"""The backend of matplotlib in tasks: draws as Agg does, and shows where displays of tasks go."""

from __future__ import annotations

from typing import Any

from matplotlib.backend_bases import FigureManagerBase
from matplotlib.backends.backend_agg import FigureCanvasAgg

from maze_nb.runners.display import show_value
from maze_nb.runners.figures import show_figures


class FigureManager(FigureManagerBase):
    """Shows figures by displaying them."""

    @classmethod
    def pyplot_show(cls, **_: Any) -> None:
        """Show all figures of the running task."""
        show_figures()

    def show(self) -> None:
        """Show this figure, which stays open."""
        show_value(self.canvas.figure)


class FigureCanvas(FigureCanvasAgg):
    """Draws by Agg."""

    manager_class: Any = FigureManager
