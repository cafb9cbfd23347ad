"""Where what the running task displays goes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

from maze_nb.model.attempt import Usage

Bundle = dict[str, Any]
"""By MIME type: representations as Jupyter has them, or what goes with them."""


class Screen(Protocol):
    """One attempt at a task, as far as it displays something.

    Attributes
    ----------
    figures
        The figures that pyplot knows of in this task, by number; None as long as there were none.
    """

    figures: OrderedDict[Any, Any] | None

    @property
    def folder(self) -> Path:
        """The task's own folder for the files it makes."""

    def expects(self, patterns: Mapping[str, str]) -> None:
        """Say which outputs are files that the task is to leave, by pattern in its folder."""

    def brought(self, path: Path) -> None:
        """Say that a file in the task's folder was put there for it, and is none that it left."""

    def used(self, usage: Usage) -> None:
        """Say what the task used outside of its process, such as in a container."""

    def progress(self, done: float, total: float | None, message: str) -> None:
        """Tell how far the task is."""

    def display(self, data: Bundle, metadata: Bundle, display_id: str = "") -> None:
        """Show something; what has the same id as something before takes its place."""


current: ContextVar[Screen | None] = ContextVar("maze_screen", default=None)
"""That of the task in which this code runs; None elsewhere."""
