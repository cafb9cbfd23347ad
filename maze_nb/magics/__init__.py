"""The IPython magics: cells become tasks, and the notebook a workflow."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(ipython: Any) -> None:
    """Install the magics into an IPython shell: what ``%load_ext maze_nb`` calls."""
    from maze_nb.magics.magics import MazeMagics
    from maze_nb.magics.run_magics import RunMagics

    magics = MazeMagics(ipython)
    ipython.register_magics(magics)
    ipython.register_magics(RunMagics(ipython, magics.session))
    ipython.events.register("pre_run_cell", magics.note_cell)
