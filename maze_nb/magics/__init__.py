"""The IPython magics: cells become tasks, and the notebook a workflow."""

from __future__ import annotations

from typing import Any


def load_ipython_extension(ipython: Any) -> None:
    """Install the magics into an IPython shell: what ``%load_ext maze_nb`` calls."""
    from maze_nb.magics.auto import NonBlocking
    from maze_nb.magics.auto_magics import AutoMagics
    from maze_nb.magics.auto_values import ValueReader
    from maze_nb.magics.completion import Completion
    from maze_nb.magics.debug_magics import DebugMagics
    from maze_nb.magics.export_magic import ExportMagics
    from maze_nb.magics.load_magic import LoadMagics
    from maze_nb.magics.magics import MazeMagics
    from maze_nb.magics.run_magics import RunMagics
    from maze_nb.magics.session import Session
    from maze_nb.magics.stale_watch import StaleWatch
    from maze_nb.magics.status_magics import StatusMagics

    session = Session(ipython.user_ns)
    watch = StaleWatch(ipython, session)
    auto = NonBlocking(session)
    for kind in (
        MazeMagics,
        RunMagics,
        DebugMagics,
        ExportMagics,
        LoadMagics,
        StatusMagics,
        AutoMagics,
    ):
        ipython.register_magics(kind(ipython, session, watch, auto))
    watch.listen()
    session.lab.listen(ipython)
    Completion(session).listen(ipython)
    values = ValueReader(session, ipython)
    ipython.ast_transformers.append(values)
    ipython.events.register("post_run_cell", values.note_end)
