"""The papermill engine that tells a listener of every code cell it executes."""

from __future__ import annotations

from typing import Any

from papermill.engines import NBClientEngine, papermill_engines

from maze_nb.batch.progress import CellProgress

NAME = "maze-nb"


class ReportingEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no annotations
    """Papermill's own engine, with its progress bar replaced by a :class:`CellProgress`."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, progress: CellProgress, **options: Any
    ) -> Any:
        """Execute the notebook that ``nb_man`` holds."""
        meter = _Meter([cell["cell_type"] == "code" for cell in nb_man.nb.cells], progress)
        nb_man.pbar = meter
        meter.announce()
        return super().execute_managed_notebook(nb_man, kernel_name, **options)


class _Meter:
    """What papermill takes for its progress bar; it advances by every cell, code or not."""

    def __init__(self, is_code: list[bool], progress: CellProgress) -> None:
        self.n = 0
        self._is_code = is_code
        self._progress = progress

    def announce(self) -> None:
        if self.n < len(self._is_code) and self._is_code[self.n]:
            self._progress.start(sum(self._is_code[: self.n]) + 1, sum(self._is_code))

    def update(self, step: int) -> None:
        if self._is_code[self.n]:
            self._progress.finish(sum(self._is_code[: self.n]) + 1)
        self.n += step
        self.announce()

    def set_description(self, text: str) -> None:
        """Ignore the description that a cell may give itself."""

    def refresh(self) -> None:
        """Nothing is drawn here."""

    def close(self) -> None:
        """Nothing is held here."""


papermill_engines.register(NAME, ReportingEngine)
