"""The magics that make cells a workflow and run it: what people type, and what is said back."""

from __future__ import annotations

from typing import Any

import msgspec
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display

from maze_nb.errors import CellError, nearest
from maze_nb.magics.cell_book import TaskCell
from maze_nb.magics.mark import Notebook, mark_cell
from maze_nb.magics.options import parse_options
from maze_nb.magics.session import Session
from maze_nb.magics.telling import finish, plainly, refuse_words
from maze_nb.projection.node_text import nodes_text
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import presenter


@magics_class
class MazeMagics(Magics):
    """``%%maze_task`` and its companions."""

    shell: Any

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self.session = Session()
        self._running_cell: str | None = None

    def note_cell(self, info: Any) -> None:
        """Remember which notebook cell is being run."""
        self._running_cell = getattr(info, "cell_id", None)

    @cell_magic
    @plainly
    def maze_task(self, line: str, cell: str) -> None:
        """Make the cell a task: it is remembered, not run.

        ::

            %%maze_task [NAME] [--cpu N] [--cpu-mem MB] [--gpu N] [--gpu-mem MB] [-i a,b] [-o x,y]
                        [--timeout S] [--isolation auto|thread|process]
                        [--retries N] [--backoff S]
                        [--priority N] [--deadline S] [--tags a,b] [--prefer a,b]
                        [--cache] [--version V] [--keep store|memory|both]

        What the cell reads and makes is found in its code; names that other task cells make
        become edges, and notebook variables travel along as they are now. ``-o`` says which
        names it gives on, ``-i`` which it takes from other cells. Running the cell again
        replaces its task.
        """
        made = mark_cell(
            self.session.book,
            parse_options(line),
            f"%%maze_task {line}".rstrip() + f"\n{cell}",
            self._notebook(),
            self._cell_id(),
        )
        print(self._describe(made))  # noqa: T201

    @line_magic
    @plainly
    def maze_run(self, line: str) -> None:
        """Run all task cells, show it live, and bind what the last ones made.

        With ``--fail-fast`` the first failure cancels all that has not ended; with ``--cache``
        the results of all cells may come from the result cache. To interrupt the kernel cancels
        the run.
        """
        words = _flags("maze_run", line, ["--fail-fast", "--cache"])
        run = self.session.start(
            self.shell.user_ns,
            fail_fast="--fail-fast" in words,
            cache="--cache" in words or None,
        )
        finish(self.session, run, self.shell.user_ns)

    @line_magic
    @plainly
    def maze_plan(self, line: str) -> Plan:
        """Say what ``%maze_run`` would do with each cell: what is cached, what will run, and why.

        ``--cache`` is as for ``%maze_run``.
        """
        words = _flags("maze_plan", line, ["--cache"])
        return self.session.plan(self.shell.user_ns, cache="--cache" in words or None)

    @line_magic
    @plainly
    def maze_dag(self, line: str) -> None:
        """Show the graph of the task cells."""
        refuse_words("maze_dag", line)
        graph = self.session.graph()
        found = presenter()
        if found is not None:
            display(found.graph_bundle(graph), raw=True)

    @line_magic
    @plainly
    def maze_workflow(self, line: str) -> None:
        """Say which workflow the cells belong to; ``new [NAME]`` begins another.

        ``forget NAME`` takes out the task of a cell that is gone from the notebook.
        """
        verb, _, name = (part.strip() for part in line.strip().partition(" "))
        if verb == "new":
            self.session.start_workflow(name or None)
        elif verb == "forget" and name:
            self.session.book.forget(name)
        elif verb:
            hint = "say which NAME" if verb == "forget" else nearest(verb, ["new", "forget"])
            raise CellError(
                f"%maze_workflow cannot do {verb!r}: {hint}; "
                f"usage: %maze_workflow [new [NAME] | forget NAME]"
            )
        cells = self.session.book.cells()
        listed = ", ".join(cell.name for cell in cells) or "no cells yet"
        print(f"workflow {self.session.name!r}: {listed}")  # noqa: T201

    @line_magic
    @plainly
    def maze_nodes(self, line: str) -> None:
        """List the nodes of the cluster: what they offer, what is free, how they are doing."""
        refuse_words("maze_nodes", line)
        print(nodes_text(map(msgspec.to_builtins, self.session.client.nodes())))  # noqa: T201

    @line_magic
    @plainly
    def maze_connect(self, line: str) -> None:
        """Use the cluster at an address from now on."""
        address = line.strip()
        if not address:
            raise CellError("usage: %maze_connect ADDRESS, such as tcp://host:8786")
        client = self.session.clients.connect(address)
        nodes = [node for node in client.nodes() if not node.fault]
        print(f"connected to {client.address}: {len(nodes)} nodes")  # noqa: T201

    def _cell_id(self) -> str | None:
        parent = self.shell.get_parent() if hasattr(self.shell, "get_parent") else None
        found = self._running_cell or ((parent or {}).get("metadata") or {}).get("cellId")
        return str(found) if found else None

    def _notebook(self) -> Notebook:
        shell = self.shell
        return Notebook(shell.user_ns, shell.user_ns_hidden, shell.transform_cell)

    def _describe(self, cell: TaskCell) -> str:
        book = self.session.book
        sources = book.sources(cell)
        reads = [f"{name} (cell {maker.name})" for name, maker in sources.items()]
        reads += sorted(cell.captured.names - sources.keys())
        reads += [f"{name} (nobody makes it yet)" for name in book.missing(cell)]
        return (
            f"task {cell.name!r}: reads {', '.join(reads) or 'nothing'}; "
            f"makes {', '.join(cell.outputs) or 'nothing'}"
        )


def _flags(magic: str, line: str, known: list[str]) -> list[str]:
    """Return the words of a line, all of which have to be known."""
    words = line.split()
    for word in words:
        if word not in known:
            raise CellError(f"%{magic} does not know {word!r}: {nearest(word, known)}")
    return words
