"""The magic that says how the task cells stand."""

from __future__ import annotations

from IPython.core.magic import line_magic, magics_class

from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.status import standings
from maze_nb.magics.status_text import Status
from maze_nb.magics.table import STATUS
from maze_nb.magics.telling import plainly, tell_changes
from maze_nb.magics.usage import read_line


@magics_class
class StatusMagics(NotebookMagics):
    """``%maze_status``."""

    @line_magic
    @plainly
    def maze_status(self, line: str) -> Status:
        """Say of each task cell whether what it made is current, or stale and why.

        A cell is stale if its code, a variable or function of the notebook that it uses, or what
        another cell makes for it is not what it was when the cell last succeeded. ``%maze_run``
        computes those, and those that never ran or failed. No cluster is started for it.
        """
        read_line(STATUS, line)
        self.session.refuse_no_cells()
        tell_changes([*self.watch.renew(), *self.watch.overlooked()])
        return Status(standings(self.session, self.watch), self.session.book.edit_words())
