"""What papermill takes for its progress bar."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from maze_nb.batch.progress import NotebookProgress


class Meter:
    """Tells of code cells: when they begin and when they have ended.

    Papermill counts cells that have ended, code or not; whoever executes them says which begins.

    Parameters
    ----------
    is_code
        Of each cell, whether it is one of code.
    catch_up
        Has told what is known of the runs by now, so that it is told of the cell in which it
        happened.
    """

    def __init__(
        self, is_code: list[bool], progress: NotebookProgress, catch_up: Callable[[], None]
    ) -> None:
        self.n = 0
        self._numbers = list(accumulate(map(int, is_code)))
        self._is_code = is_code
        self._progress = progress
        self._catch_up = catch_up
        self._current = 0

    def begin(self, index: int) -> None:
        """Hear that a cell begins."""
        if self._is_code[index]:
            self._current = self._numbers[index]
            self._progress.start(self._current, self._numbers[-1])

    def update(self, step: int) -> None:
        """Hear that so many cells more have ended."""
        self.n += step
        self._catch_up()
        if self._current:
            self._progress.finish(self._current)
            self._current = 0

    def set_description(self, text: str) -> None:
        """Ignore the description that a cell may give itself."""

    def refresh(self) -> None:
        """Nothing is drawn here."""

    def close(self) -> None:
        """Nothing is held here."""
