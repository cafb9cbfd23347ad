"""What all classes of magics have in common: the state of one notebook."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics

from maze_nb.magics.auto import NonBlocking
from maze_nb.magics.session import Session
from maze_nb.magics.stale_watch import StaleWatch


class NotebookMagics(Magics):
    """Magics that share the state of a notebook.

    Attributes
    ----------
    session, watch, auto
        That state: its cells and runs, what is stale, and what runs in the background.
    """

    shell: Any

    def __init__(self, shell: Any, session: Session, watch: StaleWatch, auto: NonBlocking) -> None:
        super().__init__(shell)
        self.session = session
        self.watch = watch
        self.auto = auto
