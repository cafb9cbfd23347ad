"""The magics themselves: what people type, and what is printed back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from maze_nb.errors import CellError, MazeError, nearest
from maze_nb.magics.cell_book import TaskCell
from maze_nb.magics.mark import mark_cell
from maze_nb.magics.options import parse_options
from maze_nb.magics.session import Session
from maze_nb.projection.humane import duration_text
from maze_nb.runners.cell import Absent
from maze_nb.sdk.presenter import presenter

Method = Callable[..., Any]


def plainly(method: Method) -> Method:
    """Show an error of Maze as its message alone, without the frames of the magic."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except MazeError as error:
            text = f"{type(error).__name__}: {error}"
            error._render_traceback_ = lambda: text.split("\n")  # type: ignore[attr-defined]
            raise

    return call


@magics_class
class MazeMagics(Magics):
    """``%%maze_task`` and its companions."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.session = Session()

    @cell_magic
    @plainly
    def maze_task(self, line: str, cell: str) -> None:
        """Make the cell a task: it is remembered, not run."""
        options = parse_options(line)
        source = "\n" + self.shell.transform_cell(cell)
        text = f"%%maze_task {line}\n{cell}"
        made = mark_cell(
            self.session.book, options, source, text, self.shell.user_ns, self._cell_id()
        )
        print(self._describe(made))  # noqa: T201

    @line_magic
    @plainly
    def maze_run(self, line: str) -> None:
        """Run all task cells, show it live, and bind what the last ones made."""
        _no_words("maze_run", line)
        _, bound = self.session.run(self.shell.user_ns)
        if bound:
            print(f"now in the notebook: {', '.join(bound)}")  # noqa: T201

    @line_magic
    @plainly
    def maze_dag(self, line: str) -> None:
        """Show the graph of the task cells."""
        _no_words("maze_dag", line)
        graph = self.session.graph()
        found = presenter()
        if found is not None:
            display(found.graph_bundle(graph), raw=True)

    @line_magic
    @plainly
    def maze_workflow(self, line: str) -> None:
        """Say which workflow the cells belong to, or begin another: ``new [NAME]``."""
        verb, _, name = line.strip().partition(" ")
        if verb == "new":
            self.session.start_workflow(name.strip() or None)
        elif verb:
            raise CellError(
                f"%maze_workflow does not know {verb!r}: {nearest(verb, ['new'])}; "
                f"usage: %maze_workflow [new [NAME]]"
            )
        cells = self.session.book.cells()
        listed = ", ".join(cell.name for cell in cells) or "no cells yet"
        print(f"workflow {self.session.name!r}: {listed}")  # noqa: T201

    @line_magic
    @plainly
    def maze_runs(self, line: str) -> None:
        """List the runs that the cluster knows."""
        _no_words("maze_runs", line)
        runs = self.session.client.runs()
        if not runs:
            print("no runs yet: start one with %maze_run")  # noqa: T201
        for run in runs:
            counts = ", ".join(f"{count} {state}" for state, count in sorted(run.counts.items()))
            taken = duration_text(run.finished - run.started) if run.finished else "…"
            print(  # noqa: T201
                f"{run.run_id}  {run.status:<10}  {taken:>10}  {run.workflow_name}: {counts}"
            )

    @line_magic
    @plainly
    def maze_results(self, line: str) -> None:
        """Show a run and what its tasks made: ``[RUN_ID]``, by default the last one."""
        run = self.session.find_run(line.strip() or None)
        run.show()
        for message in run.messages():
            if message["type"] == "finish_task":
                outputs = message["data"]["outputs"]
                result = message["data"]["result"]
                shown = [
                    f"{o['name']} ({o['summary']})"
                    for o in outputs
                    if not (o["inline"] and isinstance(result[o["name"]], Absent))
                ]
                name = message["data"]["task_name"]
                print(f"{name}: {', '.join(shown) or 'no outputs'}")  # noqa: T201

    @line_magic
    @plainly
    def maze_connect(self, line: str) -> None:
        """Use the cluster at an address from now on."""
        address = line.strip()
        if not address:
            raise CellError("usage: %maze_connect ADDRESS, such as tcp://host:8786")
        client = self.session.connect(address)
        nodes = [node for node in client.nodes() if not node.fault]
        print(f"connected to {client.address}: {len(nodes)} nodes")  # noqa: T201

    def _cell_id(self) -> str | None:
        parent = getattr(self.shell, "parent_header", None) or {}
        if hasattr(self.shell, "get_parent"):
            parent = self.shell.get_parent() or {}
        found = (parent.get("metadata") or {}).get("cellId")
        return str(found) if found else None

    def _describe(self, cell: TaskCell) -> str:
        book = self.session.book
        sources = book.sources(cell)
        reads = [f"{name} (cell {maker.name})" for name, maker in sources.items()]
        reads += [name for name in cell.captured if name not in sources]
        reads += [f"{name} (nobody makes it yet)" for name in book.missing(cell)]
        return (
            f"task {cell.name!r}: reads {', '.join(reads) or 'nothing'}; "
            f"makes {', '.join(cell.outputs) or 'nothing'}"
        )


def _no_words(magic: str, line: str) -> None:
    if line.strip():
        raise CellError(f"%{magic} takes no arguments, but got {line.strip()!r}")
