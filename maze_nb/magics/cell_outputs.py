"""The outputs of all task cells of a notebook, and the runs that are shown in them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Container, Iterable
from typing import Any

from maze_nb.magics.cell_output import CellOutput, Notebook, NotebookOutput, PrintedOutput
from maze_nb.magics.follow import Following
from maze_nb.magics.task_cell import TaskCell
from maze_nb.projection.block_bundles import Whole
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_report import VARIABLE
from maze_nb.widgets.front_end import notebook_shell

_PATIENCE = 10.0


class CellOutputs:
    """What stands under the task cells: begun when they are run, filled by the runs they are in."""

    def __init__(self) -> None:
        self._outputs: dict[str, CellOutput] = {}
        self._followings: dict[str, Following] = {}
        self._turns = itertools.count(1)
        self._notebook: Notebook | None = None

    @property
    def are_live(self) -> bool:
        """Whether what stands under a cell can change after it: the line of its task tells all."""
        return notebook_shell() is not None

    def begin(self, cell: TaskCell, about: str) -> None:
        """Show what a cell that has just been run is, and make room for what its task puts out.

        Parameters
        ----------
        about
            What the task reads and makes.
        """
        shell: Any = notebook_shell()
        if shell is None:
            print(f"task {cell.name!r}: {about}")  # noqa: T201
            self._outputs[cell.task_id] = PrintedOutput(cell.name, about)
            return
        if self._notebook is None:
            self._notebook = Notebook(shell.display_pub)
            shell.events.register("pre_run_cell", self._notebook.note_begin)
            shell.events.register("post_run_cell", self._notebook.note_end)
        self._outputs[cell.task_id] = NotebookOutput(self._notebook, cell.name, about)

    def place(self, cell: TaskCell) -> str:
        """Return what the display ids begin with under a cell; empty where none are told."""
        output = self._outputs.get(cell.task_id)
        return output.place if isinstance(output, NotebookOutput) else ""

    def follow(self, run: Run, *, is_told: bool = False, besides: Container[str] = ()) -> Following:
        """Show under the cells what a run's tasks put out, from now until it ends.

        Parameters
        ----------
        is_told
            Whether its messages are shown as lines of text anyway, where there is no notebook.
        besides
            The ids of tasks that are not shown: those it takes from runs that are shown.
        """
        found = self._followings.get(run.run_id)
        if found is not None and not found.is_over:
            return found
        for output in self._outputs.values():
            if isinstance(output, PrintedOutput):
                output.is_told = is_told
        over = [run_id for run_id, each in self._followings.items() if each.is_over]
        for run_id in over:
            del self._followings[run_id]
        outputs = {key: each for key, each in self._outputs.items() if key not in besides}
        following = Following(run.log, outputs, next(self._turns), _whole_of(run))
        self._followings[run.run_id] = following
        return following

    def settle_all(self) -> None:
        """Wait, within bounds, until all is shown of the runs that have ended."""
        for following in list(self._followings.values()):
            if following.has_ended:
                following.settle(_PATIENCE)

    def settle(self, run: Run) -> None:
        """Wait, within bounds, until all that a run that has ended put out is shown."""
        found = self._followings.get(run.run_id)
        if found is not None:
            found.settle(_PATIENCE)

    def stands(self, run: Run, task_id: str) -> bool:
        """Return whether a person sees under its cell what a task of a run put out.

        Where nobody looks on, as in a run without a front end, all there is to say belongs
        into the error that ends it.
        """
        output = self._outputs.get(task_id)
        return isinstance(output, NotebookOutput) and output.shows(run.run_id) and _is_looked_at()

    def close(self, runs: Iterable[str] | None = None) -> None:
        """Stop following runs, by default all."""
        for run_id in list(self._followings if runs is None else runs):
            if (found := self._followings.pop(run_id, None)) is not None:
                found.close()


def _is_looked_at() -> bool:
    """Return whether the front end is one for people: those say which of their cells is run."""
    shell: Any = notebook_shell()
    parent = shell.get_parent() if shell is not None else {}
    return bool(parent.get("metadata", {}).get("cellId")) and not os.environ.get(VARIABLE)


def _whole_of(run: Run) -> Whole:
    return lambda stored: run.display(stored)
