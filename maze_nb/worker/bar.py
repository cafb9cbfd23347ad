"""The progress bar of tqdm, which tells how far it is where it runs in a task."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from tqdm import std

from maze_nb.worker.current_task import Running, now_running
from maze_nb.worker.progress import progress


class tqdm(std.tqdm):  # type: ignore[misc]  # noqa: N801 - it stands in for that class
    """A progress bar: that of tqdm with all it offers, and in a task the progress of that task.

    Of bars inside one another the outermost says how far the task is; the others stand in words
    beside it.

    Parameters
    ----------
    iterable
        What to go through; None for a bar that is moved by ``update``.
    options
        As tqdm itself takes them; how a bar is drawn does not matter in a task.

    Examples
    --------
    >>> from maze_nb import tqdm
    >>> sum(tqdm(range(4), desc="adding", disable=True))
    6
    """

    disable: bool
    _task: Running | None = None

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Make a bar; those in tasks are not among those that share a screen."""
        if now_running() is None:
            made: Self = super().__new__(cls, *args, **options)
            return made
        with cls.get_lock():
            found = object.__new__(cls)
            cls._instances.add(found)
        return found

    def __init__(self, iterable: Iterable[Any] | None = None, *args: Any, **options: Any) -> None:
        self._task = now_running()
        if self._task is None:
            super().__init__(iterable, *args, **options)
            return
        options |= {"file": _Nowhere(), "position": 0}
        options.setdefault("miniters", 1)
        if options.get("disable") is None:
            # By None tqdm means: not where there is no terminal.
            options["disable"] = False
        self._task.bars.append(self)
        try:
            super().__init__(iterable, *args, **options)
        finally:
            self._instances.discard(self)
            if getattr(self, "disable", True):
                self._leave()

    def display(self, msg: str | None = None, pos: int | None = None) -> Any:
        """Show how far it is."""
        if self._task is None:
            return super().display(msg, pos)
        self._tell()
        return True

    def close(self) -> None:
        """End the bar."""
        if self._task is None:
            super().close()
        elif not self.disable:
            self.disable = True
            self._tell()
            self._leave()

    def clear(self, nolock: bool = False) -> None:
        """Clear the bar, where it is drawn."""
        if self._task is None:
            super().clear(nolock)

    def _tell(self) -> None:
        assert self._task is not None
        bars = self._task.bars
        # One that a task left behind is closed by the garbage collector, in whatever runs then.
        if bars and now_running() is self._task:
            first, *inner = bars
            words = [first.words(), *(f"{bar.words()} {bar.share()}".strip() for bar in inner)]
            progress(first.n, first.total, " · ".join(filter(None, words)))

    def _leave(self) -> None:
        if self._task is not None:
            # Bars at one place on the screen count as equal.
            self._task.bars = [bar for bar in self._task.bars if bar is not self]

    def words(self) -> str:
        """Return how the bar is described."""
        desc = (getattr(self, "desc", None) or "").strip().removesuffix(":")
        return ", ".join(filter(None, (desc, getattr(self, "postfix", None) or "")))

    def share(self) -> str:
        """Return how far the bar is."""
        return f"{self.n:g}" if not self.total else f"{self.n:g}/{self.total:g}"


class _Nowhere:
    """What a bar in a task is drawn to."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        """Do nothing: there is nothing to flush."""

    def isatty(self) -> bool:
        return False
