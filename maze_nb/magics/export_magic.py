"""``%maze_export``: the notebook's workflow as a Python module."""

from __future__ import annotations

import keyword
import pickle
from pathlib import Path

from IPython.core.magic import line_magic, magics_class

from maze_nb.errors import CellError, MazeError
from maze_nb.magics.export_module import export
from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.table import EXPORT
from maze_nb.magics.telling import plainly
from maze_nb.magics.usage import read_line
from maze_nb.runners.cell import Absent
from maze_nb.sdk.workflow import Workflow
from maze_nb.sdk.written.names import identifier


@magics_class
class ExportMagics(NotebookMagics):
    """``%maze_export``."""

    @line_magic
    @plainly
    def maze_export(self, line: str) -> None:
        """Write the task cells as a Python module with ``@task`` functions and a ``@workflow``.

        The module gives the same result as the cells, with the notebook's variables as they were
        when the cells were marked: functions and classes as source, plain values as such, and
        others in a file with the ending ``.pkl`` beside it. By default it is called like the
        workflow. ``python FILE.py`` runs it; ``%load_maze FILE.py`` makes cells of it again.

        What was edited in the graph (``%maze_dag``) is written as it was drawn. The name of a
        variable that holds a workflow writes that one, as ``workflow.to_code()`` does.
        """
        given = read_line(EXPORT, line)
        named = [*given.arguments]
        workflow = self.shell.user_ns.get(named[0]) if named else None
        if isinstance(workflow, Workflow):
            self._export_workflow(workflow, named[1:], is_forced="--force" in given.options)
            return
        if len(named) > 1:
            raise CellError(f"{named[0]!r} is no workflow of this notebook; usage: {EXPORT}")
        self._refuse_no_cells()
        path = _path(given.argument or f"{identifier(self.session.name)}.py")
        beside = path.with_suffix(".pkl")
        exported = export(self.session.book, self.session.name, self.shell.user_ns, self._absent())
        targets = [path, *([beside] if exported.stored else [])]
        there = [f"{target}" for target in targets if target.exists()]
        if there and "--force" not in given.options:
            raise CellError(f"{there[0]} is there already: give another FILE.py, or --force")
        try:
            if exported.stored:
                values = {name: pickle.loads(data) for name, data in exported.stored.items()}
                beside.write_bytes(pickle.dumps(values, protocol=5))
            path.write_text(exported.text, encoding="utf-8")
        except OSError as error:
            raise CellError(f"{path} cannot be written: {error}") from None
        functions = ", ".join(exported.functions)
        print(f"wrote {' and '.join(map(str, targets))}: {functions}")  # noqa: T201

    def _refuse_no_cells(self) -> None:
        if self.session.book.cells():
            return
        flows = sorted(
            name
            for name, value in self.shell.user_ns.items()
            if isinstance(value, Workflow) and not name.startswith("_")
        )
        name = flows[0] if flows else "wf"
        raise CellError(
            f"there are no task cells yet: begin a cell with %%maze_task, or say "
            f"%maze_export {name} to export the workflow that a variable holds"
        )

    def _export_workflow(self, workflow: Workflow, named: list[str], *, is_forced: bool) -> None:
        path = _path(named[0] if named else f"{identifier(workflow.name)}.py")
        if path.exists() and not is_forced:
            raise CellError(f"{path} is there already: give another FILE.py, or --force")
        workflow.to_code(path)
        print(f"wrote {path}: {workflow.task_count} tasks")  # noqa: T201

    def _absent(self) -> set[tuple[str, str]]:
        """Return the outputs that did not travel in the last run of this notebook."""
        if self.session.last_run is None:
            return set()
        try:
            messages = self.session.clients.reading.get_run(self.session.last_run).log.read()
        except MazeError:
            return set()
        return {
            (message["data"]["task_id"], output["name"])
            for message in messages
            if message["type"] == "finish_task"
            for output in message["data"]["outputs"]
            if output["type"] == Absent.__qualname__
        }


def _path(text: str) -> Path:
    path = Path(text).expanduser()
    if path.suffix != ".py":
        raise CellError(f"{text} is no Python module: give a FILE.py")
    if not path.stem.isidentifier() or keyword.iskeyword(path.stem):
        raise CellError(
            f"{path.name} cannot be imported, as {path.stem!r} is no name in Python: call it "
            f"{identifier(path.stem)}.py"
        )
    if not path.parent.is_dir():
        raise CellError(f"there is no folder {path.parent} to write {path.name} to")
    return path
