"""The magics that put a failed task into a cell, and its mended version back."""

from __future__ import annotations

from typing import Any

from IPython.core.magic import line_cell_magic, line_magic, magics_class

from maze_nb.errors import CellError
from maze_nb.magics.debugging import Debugging, Patient, mended_function
from maze_nb.magics.mark import Notebook, mark_cell
from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.options import parse_options
from maze_nb.magics.table import DEBUG, PATCH
from maze_nb.magics.telling import finish, plainly
from maze_nb.magics.trial import run_there
from maze_nb.magics.usage import read_line
from maze_nb.projection.humane import short_id
from maze_nb.sdk.run import Run


@magics_class
class DebugMagics(NotebookMagics):
    """``%maze_debug`` and ``%maze_patch``."""

    def __init__(self, *shared: Any) -> None:
        super().__init__(*shared)
        self.debugging = Debugging(self.session)

    @line_cell_magic
    @plainly
    def maze_debug(self, line: str, cell: str | None = None) -> None:
        """Put a failed task into a new cell, with what it was called with.

        As a line it takes the first task that failed in the latest run, or the one that is named,
        binds the data with which its code began, and puts its source into a new cell below. That
        cell begins with ``%%maze_debug``: each time it is run, the data are as they were when the
        task began, and the code runs here, as that of any cell; with ``--there`` it runs as a task
        on the node on which the task failed. Once it has run without an error, ``%maze_patch``
        puts it back.
        """
        given = read_line(DEBUG, line)
        name, run_id = given.argument, given.options.get("--run")
        if cell is None:
            self._open(self.debugging.take(name, run_id))
            return
        known = self.debugging.patients
        is_new = run_id is not None or not known or (name is not None and name not in known)
        patient = self.debugging.take(name, run_id) if is_new else self.debugging.known(name)
        if "--there" in given.options:
            run_there(self.session, patient, cell, self._notebook())
        else:
            self._run_here(patient, cell)
        patient.cured = cell
        print(f"no error: %maze_patch {patient.task.name} puts it back")  # noqa: T201

    @line_magic
    @plainly
    def maze_patch(self, line: str) -> None:
        """Put the mended version of a task back, and go on with the run.

        It is the version that ran last in a cell with ``%%maze_debug`` without an error. What
        succeeded in the run and does not depend on it is not computed again. A task cell is
        replaced by what this cell then holds, so that the old one can be deleted; a function is
        replaced in its workflow.
        """
        patient = self.debugging.known(read_line(PATCH, line).argument)
        if patient.cured is None:
            raise CellError(
                f"task {patient.task.name!r} has no mended version yet: run one without an error "
                f"in a cell that begins with %%maze_debug {patient.task.name}"
            )
        self.shell.user_ns.update(patient.inputs())
        if patient.is_cell:
            self._patch_cell(patient, patient.cured)
        else:
            self._patch_function(patient)
        del self.debugging.patients[patient.task.name]

    def _open(self, patient: Patient) -> None:
        inputs = patient.inputs()
        text = f"%%maze_debug {patient.task.name}\n{patient.text()}"
        self.session.values.lend([*inputs, *self.session.book.made()])
        self.shell.user_ns.update(inputs)
        print(_taken_text(patient, inputs))  # noqa: T201
        self.shell.set_next_input(text)

    def _run_here(self, patient: Patient, cell: str) -> None:
        inputs = patient.inputs()
        self.session.values.lend([*inputs, *self.session.book.made()])
        self.shell.user_ns.update(inputs)
        print(_taken_text(patient, inputs))  # noqa: T201
        # The comment stands for the line of the magic, so that errors name the lines one sees; a
        # blank line would be taken away.
        text = f"# %%maze_debug {patient.task.name}\n{cell}"
        if not self.shell.run_cell(text, store_history=False).success:
            raise CellError(f"task {patient.task.name!r} fails here too, as shown above")
        if not patient.is_cell:
            mended_function(patient.task.function, self.shell.user_ns)

    def _patch_cell(self, patient: Patient, cured: str) -> None:
        old = next(
            (c for c in self.session.book.cells() if c.task_id == patient.task.task_id), None
        )
        if old is None:
            raise CellError(
                f"cell {patient.task.name!r} is not in this workflow any more, so that its mended "
                f"version has no place: begin a cell with %%maze_task {patient.task.name}"
            )
        first = old.text.partition("\n")[0]
        text = f"{first}\n{cured.rstrip()}"
        options = parse_options(first.partition("maze_task")[2])
        mark_cell(self.session.book, options, text, self._notebook(), old.cell_id)
        self.shell.set_next_input(text, replace=True)
        print(f"the cell with the old text of {old.name!r} can be deleted")  # noqa: T201
        session = self.session
        prepared = session.runs.prepare(
            session.book, session.book.in_order(), session.client, session.name
        )
        session.client.adopt(prepared.workflow)
        self._go_on(patient, session.submit(prepared, taken=patient.results_kept()))

    def _patch_function(self, patient: Patient) -> None:
        patient.task.function = mended_function(patient.task.function, self.shell.user_ns)
        run_id = patient.workflow.run(taken=patient.results_kept())
        self._go_on(patient, self.session.attach(run_id))

    def _go_on(self, patient: Patient, run: Run) -> None:
        print(f"run {short_id(run.run_id)} goes on with task {patient.task.name!r} mended")  # noqa: T201
        finish(self.session, run)

    def _notebook(self) -> Notebook:
        shell = self.shell
        return Notebook(shell.user_ns, shell.user_ns_hidden, shell.transform_cell)


def _taken_text(patient: Patient, inputs: dict[str, Any]) -> str:
    names = ", ".join(inputs) or "nothing"
    return f"as in run {short_id(patient.run.run_id)}, task {patient.task.name!r}: {names}"
