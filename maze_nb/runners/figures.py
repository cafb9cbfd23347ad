"""Figures of matplotlib in tasks: each task has its own, and those left open can be shown."""

from __future__ import annotations

import importlib
import sys
from collections import OrderedDict
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from maze_nb.runners.display import show_value
from maze_nb.runners.screen import current

PYPLOT = "matplotlib.pyplot"
_BACKEND = "module://maze_nb.runners.figures_backend"
_FILES_ONLY = frozenset({"cairo", "pdf", "pgf", "ps", "svg", "template"})


def show_figures() -> None:
    """Show the figures that the running task has open, and close them."""
    screen = current.get()
    figures = None if screen is None else screen.figures
    while figures:
        _, manager = figures.popitem(last=False)
        show_value(manager.canvas.figure)
        manager.destroy()


def is_open_figure(value: Any) -> bool:
    """Tell whether a value is a figure that is shown when the running task ends."""
    screen = current.get()
    if screen is None or screen.figures is None:
        return False
    return any(manager.canvas.figure is value for manager in screen.figures.values())


def change_pyplot(pyplot: ModuleType) -> None:
    """Let every task have figures of its own, and no backend that opens windows."""
    from matplotlib import rcParams
    from matplotlib._pylab_helpers import Gcf

    switch = pyplot.switch_backend

    def switch_backend(newbackend: Any) -> None:
        """Set the backend of pyplot: one that draws into files, or else the one of tasks."""
        is_for_files = isinstance(newbackend, str) and newbackend.lower() in _FILES_ONLY
        # It asks an IPython that it finds: another task may be in the midst of importing that.
        if "IPython" in sys.modules:
            importlib.import_module("IPython")
        switch(newbackend if is_for_files else _BACKEND)

    pyplot.switch_backend = switch_backend  # type: ignore[attr-defined]
    Gcf.figs = FiguresHere(Gcf.figs)  # type: ignore[assignment]
    rcParams["backend"] = _BACKEND


class FiguresHere:
    """Stands for the figures that pyplot knows: those of the task in which this is asked.

    Parameters
    ----------
    elsewhere
        The figures of code outside tasks.
    """

    def __init__(self, elsewhere: OrderedDict[Any, Any]) -> None:
        self._elsewhere = elsewhere

    def _here(self) -> OrderedDict[Any, Any]:
        screen = current.get()
        if screen is None:
            return self._elsewhere
        if screen.figures is None:
            screen.figures = OrderedDict()
        return screen.figures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._here(), name)

    def __getitem__(self, number: Any) -> Any:
        return self._here()[number]

    def __setitem__(self, number: Any, manager: Any) -> None:
        self._here()[number] = manager

    def __delitem__(self, number: Any) -> None:
        del self._here()[number]

    def __contains__(self, number: Any) -> bool:
        return number in self._here()

    def __iter__(self) -> Iterator[Any]:
        yield from self._here()

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self._here())

    def __len__(self) -> int:
        return len(self._here())
