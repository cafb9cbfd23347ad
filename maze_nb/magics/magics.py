"""The magics that make cells a workflow and run it: what people type, and what is said back."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from IPython.core.magic import cell_magic, line_magic, magics_class
from IPython.display import display

from maze_nb.errors import CellError, nearest
from maze_nb.magics.about import about_cell
from maze_nb.magics.mark import mark_cell
from maze_nb.magics.notebook_magics import NotebookMagics
from maze_nb.magics.options import parse_options
from maze_nb.magics.status import marks_of, standings
from maze_nb.magics.table import CONNECT, DAG, NODES, PLAN, RUN, WORKFLOW
from maze_nb.magics.telling import finish, plainly, submitted_text, tell_changes
from maze_nb.magics.usage import Given, read_line
from maze_nb.projection.humane import count_text
from maze_nb.projection.node_text import nodes_text
from maze_nb.sdk.caching import CacheUse
from maze_nb.sdk.plan import Plan
from maze_nb.sdk.presenter import presenter


@magics_class
class MazeMagics(NotebookMagics):
    """``%%maze_task`` and its companions."""

    @cell_magic
    @plainly
    def maze_task(self, line: str, cell: str) -> None:
        """Make the cell a task: it is remembered, and run by ``%maze_run`` or with ``--run``.

        What the cell reads and makes is found in its code; names that other task cells make
        become edges, and notebook variables travel along as they are now. ``-o`` says which
        names it gives on, ``-i`` which it takes from other cells. Running the cell again
        replaces its task.

        A variable that a cell above changes later (one that was first run before this one) is
        taken along anew at the next run; of one that a cell below changes it is told, and this
        cell has to be run again to take it. What a task does to a value of another cell would be
        lost, so it is refused.

        ``%maze_run`` computes a cell only if its code, or what it reads, is not as it was when it
        last succeeded. With ``--no-cache`` it is computed each time: for a cell that reads files,
        the time or random numbers, which nobody can see in its code.

        With ``--run``, or after ``%maze_auto on``, it is run at once, in a run of its own that
        blocks no other cell. It waits, on the cluster, for the cells it reads from only; those
        that are current are not run again. A cell that is no task gets the values that it reads,
        and waits for them if it must. Running the cell again when it is changed takes the place of
        what still runs of it.
        """
        options = parse_options(line)
        edited = set(self.session.book.edit_words())
        made = mark_cell(
            self.session.book,
            options,
            f"%%maze_task {line}".rstrip() + f"\n{cell}",
            self.watch.notebook(),
            self.watch.cell_id(),
        )
        self.session.outputs.begin(made, about_cell(made, self.session.book))
        self.session.lab.mark(made, self.session.outputs.place(made))
        for words in sorted(edited - set(self.session.book.edit_words())):
            print(f"edited in the graph, and dropped as the cell was run again: {words}")  # noqa: T201
        warning = self.watch.took(made)
        if warning:
            print(warning)  # noqa: T201
        if options.is_run or self.auto.is_on:
            tell_changes(self.watch.renew())
            self.watch.refuse_overlooked(self.session.book.with_sources(made.task_id))
            run, is_new = self.auto.submit(made, self.shell.user_ns)
            if not (is_new and self.session.outputs.are_live):
                print(submitted_text(run, is_new))  # noqa: T201

    @line_magic
    @plainly
    def maze_run(self, line: str) -> None:
        """Run the task cells, show it live, and bind what the last ones made.

        Only what is stale is computed, all else comes from the result cache: ``%maze_plan`` tells
        beforehand what that is. To interrupt the kernel cancels the run.
        """
        given = read_line(RUN, line)
        tell_changes(self.watch.renew())
        self.watch.refuse_overlooked()
        run = self.session.start(
            self.shell.user_ns, fail_fast="--fail-fast" in given.options, cache=_cache(given)
        )
        finish(self.session, run)

    @line_magic
    @plainly
    def maze_plan(self, line: str) -> Plan:
        """Say what ``%maze_run`` would do with each cell: what is cached, what will run, and why.

        The options are those of ``%maze_run``.
        """
        cache = _cache(read_line(PLAN, line))
        tell_changes(self.watch.renew())
        self.watch.refuse_overlooked()
        return self.session.plan(self.shell.user_ns, cache=cache)

    @line_magic
    @plainly
    def maze_dag(self, line: str) -> None:
        """Show the graph of the task cells, and what of it is stale; see ``%maze_status``.

        It can be edited there: what a cell reads is joined to what another makes, under whatever
        name, or is given a value; resources and options are changed, and cells taken out. That is
        kept beside the cells: ``%maze_run`` obeys it, ``%maze_status`` tells of it, and
        ``%maze_export`` writes it. What was edited of a cell is dropped when the cell is run again
        with another text, or after it was taken out.
        """
        given = read_line(DAG, line)
        self.session.refuse_no_cells()
        if "--reset" in given.options:
            self.session.editor.reset()
        elif "--undo" in given.options:
            self.session.editor.apply({"op": "undo"})
        found = presenter()
        if found is None:
            return
        tell_changes([*self.watch.renew(), *self.watch.overlooked()])
        if not found.show_editor(self.session.editor, self._marks):
            display(found.graph_bundle(self.session.graph(), marks=self._marks()), raw=True)

    def _marks(self) -> dict[str, Mapping[str, object]]:
        return marks_of(standings(self.session, self.watch))

    @line_magic
    @plainly
    def maze_workflow(self, line: str) -> None:
        """Say which workflow the cells belong to; ``new [NAME]`` begins another.

        ``forget NAME`` takes out the task of a cell that is gone from the notebook.
        """
        verb, name = [*read_line(WORKFLOW, line).arguments, None, None][:2]
        if verb == "new":
            self.session.start_workflow(name)
        elif verb == "forget" and name:
            self.session.book.forget(name)
        elif verb:
            hint = "say which NAME" if verb == "forget" else nearest(verb, ["new", "forget"])
            raise CellError(f"%maze_workflow cannot do {verb!r}: {hint}; usage: {WORKFLOW}")
        cells = self.session.book.cells()
        listed = ", ".join(cell.name for cell in cells) or "no cells yet"
        print(f"workflow {self.session.name!r}: {listed}")  # noqa: T201

    @line_magic
    @plainly
    def maze_nodes(self, line: str) -> None:
        """List the nodes of the cluster: what they offer, what is free, how they are doing."""
        read_line(NODES, line)
        print(nodes_text(map(msgspec.to_builtins, self.session.client.nodes())))  # noqa: T201

    @line_magic
    @plainly
    def maze_connect(self, line: str) -> None:
        """Use the cluster at an address from now on."""
        (address,) = read_line(CONNECT, line).arguments
        client = self.session.clients.connect(address)
        nodes = [node for node in client.nodes() if not node.fault]
        print(f"connected to {client.address}: {count_text(len(nodes), 'node')}")  # noqa: T201


def _cache(given: Given) -> CacheUse:
    """Return how a run is to use the result cache; None: as its cells say."""
    if "--no-cache" in given.options:
        return False
    if "--all" in given.options:
        return "refresh"
    return True if "--cache" in given.options else None
