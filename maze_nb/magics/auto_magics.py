"""The magics about cells that do not block: whether they are, how they stand, waiting for them."""

from __future__ import annotations

import time
from typing import Any

from IPython.core.magic import line_magic, magics_class

from maze_nb.errors import CellError, nearest
from maze_nb.magics.failure import failure_of_run
from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.table import AUTO, WAIT
from maze_nb.magics.telling import plainly
from maze_nb.magics.usage import read_line
from maze_nb.projection.humane import short_id
from maze_nb.sdk.run_report import at_end


@magics_class
class AutoMagics(NotebookMagics):
    """``%maze_auto`` and ``%maze_wait``."""

    def __init__(self, *shared: Any) -> None:
        super().__init__(*shared)
        at_end(self.session.outputs.settle_all)

    @line_magic
    @plainly
    def maze_auto(self, line: str) -> None:
        """Say whether task cells are run as soon as they are run in the notebook, and change it.

        With ``on`` every ``%%maze_task`` behaves as with ``--run``; ``status``, or nothing, lists
        the cells that were run so, and how they stand.
        """
        verb = read_line(AUTO, line).argument or "status"
        if verb not in ("on", "off", "status"):
            hint = nearest(verb, ["on", "off", "status"])
            raise CellError(f"%maze_auto cannot do {verb!r}: {hint}; usage: {AUTO}")
        if verb != "status":
            self.auto.is_on = verb == "on"
        said = "on: task cells are run at once" if self.auto.is_on else "off: task cells are marked"
        print(f"%maze_auto is {said}")  # noqa: T201
        for task in self.auto.awaited():
            task.catch_up()
            words = task.words(time.time()) or "waiting"
            print(f"  {task.name} (run {short_id(task.run.run_id)}): {words}")  # noqa: T201

    @line_magic
    @plainly
    def maze_wait(self, line: str) -> None:
        """Wait for cells that were run by ``--run``, by default for all, and show how they stand.

        The first that failed is raised as an error. To interrupt the kernel ends the waiting, and
        no task: ``%maze_cancel`` does that. In a notebook that is run without anybody looking on,
        it belongs into the last cell.
        """
        names = read_line(WAIT, line).arguments
        awaited = self.auto.wait(names or None)
        for task in awaited:
            task.catch_up()
            self.session.outputs.settle(task.run)
            print(f"{task.name}: {task.words(time.time())}")  # noqa: T201
        if not awaited:
            print("no cell was run by itself: %%maze_task --run does that")  # noqa: T201
        for task in awaited:
            task.run.wait()
            failure = failure_of_run(task.run, self.session.outputs.stands)
            if failure is not None:
                raise failure
