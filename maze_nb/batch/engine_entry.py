"""What papermill finds as its engine ``maze``: it loads this while it is imported itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maze_nb.batch.engine import MazeEngine


class Entry:
    """Stands for :class:`maze_nb.batch.engine.MazeEngine`, which is imported once it is needed."""

    @classmethod
    def execute_notebook(cls, *positional: Any, **options: Any) -> Any:
        """Execute a notebook."""
        return _engine().execute_notebook(*positional, **options)

    @classmethod
    def nb_kernel_name(cls, nb: Any, name: str | None = None) -> Any:
        """Return the name of the kernel that a notebook runs in."""
        return _engine().nb_kernel_name(nb, name)

    @classmethod
    def nb_language(cls, nb: Any, language: str | None = None) -> Any:
        """Return the language of a notebook."""
        return _engine().nb_language(nb, language)


def _engine() -> type[MazeEngine]:
    from maze_nb.batch.engine import MazeEngine

    return MazeEngine
