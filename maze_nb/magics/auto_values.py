"""Gives cells that are no tasks the values that tasks made, as far as they read them."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterable, Sequence
from typing import Any

from IPython.core.error import InputRejected

from maze_nb.dataflow import analyse_tree
from maze_nb.errors import CellError, MazeError, TaskFailedError
from maze_nb.magics.auto_wait import Awaited, interruptible, wait_for
from maze_nb.magics.cell_history import label_of
from maze_nb.magics.names_behind import names_behind
from maze_nb.magics.newest import Version
from maze_nb.magics.session import Session
from maze_nb.magics.submit import Fate
from maze_nb.magics.task_cell import TaskCell
from maze_nb.magics.telling import lost_text
from maze_nb.projection.humane import short_id, typed_id
from maze_nb.projection.task_line import error_words
from maze_nb.runners.cell import Absent
from maze_nb.wire.messages import Message

logger = logging.getLogger(__name__)


class ValueReader:
    """Looks at each cell before it is run; IPython calls it with its syntax tree.

    What is read is found in the cell and in functions of the notebook that it calls. What code
    reads by ``globals()``, ``eval`` or in functions it gets at by attributes cannot be seen.
    """

    def __init__(self, session: Session, shell: Any) -> None:
        self._session = session
        self._shell = shell
        self._assigning: dict[str, int] = {}
        self._warned: set[tuple[str, int]] = set()

    def visit(self, tree: ast.AST) -> ast.AST:
        """Bind what a cell reads of what tasks make; wait for what is not there yet.

        Raises
        ------
        InputRejected
            If that cannot be, or the waiting was interrupted: the cell is not run.
        """
        try:
            self._provide(tree)
        except MazeError as error:
            raise _rejected(error, f"{type(error).__name__}: {error}") from None
        except KeyboardInterrupt as interrupt:
            raise _rejected(interrupt, "KeyboardInterrupt") from None
        except Exception:
            # A cell that has nothing to do with Maze is to run whatever goes wrong here.
            logger.exception("what the cell reads of tasks is not looked up")
        return tree

    def note_end(self, result: Any) -> None:
        """Note which names a cell has assigned, or the values of which it has changed, of tasks."""
        assigning, self._assigning = self._assigning, {}
        variables = self._shell.user_ns
        assigned = [
            name
            for name, before in assigning.items()
            if name in variables and (result.success or id(variables[name]) != before)
        ]
        self._session.values.assign(assigned, label_of(result))

    def _provide(self, tree: ast.AST) -> None:
        book, variables = self._session.book, self._shell.user_ns
        made = book.made() | book.shared().keys()
        if not made or not isinstance(tree, ast.Module):
            return
        mentioned = _identifiers(tree)
        # What IPython's own syntax reads stands in strings.
        is_plain = made.isdisjoint(mentioned) and "get_ipython" not in mentioned
        if is_plain and made.isdisjoint(names_behind(mentioned, variables)):
            return
        names = analyse_tree(tree, is_alone=True)
        nothing = object()
        changed = names.writes | names.mutates
        for name in changed & made:
            self._assigning[name] = id(variables.get(name, nothing))
        if any(magic.name.startswith("maze_") for magic in names.magics):
            return
        reads = names.reads | names.soft_reads
        # A function that is read need not be called.
        maybe = (names_behind(reads, variables) & made) - reads
        with interruptible():
            lost = self._bind(reads & made, maybe)
        for name in lost.keys() - changed:
            # It belongs into the output of the cell.
            print(f"warning: {lost_text(name, lost[name])}")  # noqa: T201

    def _bind(self, needed: frozenset[str], maybe: frozenset[str]) -> dict[str, str]:
        """Bind names; return those of which a cell had changed the value, and the cells."""
        wanted: dict[str, Version] = {}
        shared = self._session.book.shared()
        for name in sorted(needed | maybe):
            if name in needed & shared.keys() and not self._session.values.is_persons(name):
                raise _nobodys(name, shared[name])
            cell = self._session.book.maker_of(name)
            if cell is not None and not self._session.values.is_persons(name):
                version = self._version(name, cell, is_needed=name in needed)
                if version is not None:
                    wanted[name] = version
        self._wait(wanted.values())
        lost: dict[str, str] = {}
        for name, version in wanted.items():
            lost |= self._bind_one(name, version)
        return lost

    def _version(self, name: str, cell: TaskCell, *, is_needed: bool) -> Version | None:
        """Return the newest version of a cell that makes a name; None to leave the name alone."""
        version = self._session.runs.newest.of(cell.task_id)
        if version is not None and name in version.cell.outputs:
            return version
        if self._session.values.is_there(name) or not is_needed:
            return None
        raise CellError(
            f"{name!r} is made by task cell {cell.name!r}, which has not run yet: %maze_run, or "
            f"mark it with --run"
        )

    def _wait(self, versions: Iterable[Version]) -> None:
        waiting = {version.cell.task_id: version for version in versions}
        while True:
            awaited = []
            for task_id, version in waiting.items():
                run_id = self._session.runs.holder(version.run_ids, task_id)
                if self._session.runs.fate(run_id, task_id)[0] == Fate.GOES_ON:
                    run = self._session.find_own(run_id)
                    awaited.append(Awaited(version.cell.name, run, task_id))
            if not awaited or not wait_for(awaited) or any(each.is_lost for each in awaited):
                return

    def _bind_one(self, name: str, version: Version) -> dict[str, str]:
        cell, values = version.cell, self._session.values
        run_id = self._session.runs.holder(version.run_ids, cell.task_id)
        fate, message = self._session.runs.fate(run_id, cell.task_id)
        if fate != Fate.DONE or message is None:
            raise _no_value(name, cell, run_id, fate, message)
        lost: dict[str, str] = {}
        if not values.is_from(name, run_id):
            value = message["data"]["result"][name]
            if isinstance(value, Absent):
                raise CellError(f"{name!r} of task cell {cell.name!r} is not here: {value.reason}")
            lost = values.bind({name: value}, run_id)
        self._warn_if_stale(name, version)
        return lost

    def _warn_if_stale(self, name: str, version: Version) -> None:
        cell = self._session.book.maker_of(name)
        if cell is None or not version.is_stale(self._session.book):
            return
        key = (version.run_ids[0], id(cell))
        if key not in self._warned:
            self._warned.add(key)
            print(  # noqa: T201 - it belongs into the output of the cell
                f"warning: {name!r} is as task cell {cell.name!r} made it before it, or what it "
                f"reads, was changed: %maze_run computes it anew"
            )


def _nobodys(name: str, makers: Sequence[TaskCell]) -> CellError:
    first, *_, last = makers
    return CellError(
        f"{name!r} is made by task cells {first.name!r} and {last.name!r}, so that nobody could "
        f"tell whose is meant: give it another name in one of them; or, after results = "
        f"%maze_results, read results['{last.name}.{name}']"
    )


def _no_value(
    name: str, cell: TaskCell, run_id: str, fate: Fate, message: Message | None
) -> MazeError:
    """Return what to raise where a task came to no value."""
    begun = f"{name!r} is made by task cell {cell.name!r}, which"
    where = f"in run {short_id(run_id)}"
    again = "run its cell again with --run, or %maze_run"
    if fate == Fate.FAILED and message is not None:
        said = error_words(cell.name, message["data"])
        return TaskFailedError(
            f"{begun} failed {where}: {said}. Mend it and {again}; %maze_debug {cell.name} shows "
            f"what it was called with"
        )
    if message is not None and message["type"] == "task_skipped":
        return TaskFailedError(f"{begun} was skipped {where}: {message['data']['reason']}: {again}")
    if message is not None:
        return CellError(f"{begun} was cancelled {where}: {again}")
    return CellError(
        f"{begun} did not end {where}, as its scheduler was lost: "
        f"%maze_resume {typed_id(run_id)} goes on with it; or {again}"
    )


def _identifiers(tree: ast.AST) -> set[str]:
    """Return all names that stand in a syntax tree, as variables or otherwise."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
            continue
        for _, value in ast.iter_fields(node):
            if isinstance(value, str):
                found.add(value)
            elif isinstance(value, list):
                found.update(each for each in value if isinstance(each, str))
    return found


def _rejected(error: BaseException, text: str) -> InputRejected:
    """Return what stops a cell before it begins, and shows as this error without frames."""
    kind = type(type(error).__name__, (InputRejected,), {"__module__": type(error).__module__})
    rejected: InputRejected = kind(*error.args)
    rejected._render_traceback_ = lambda: text.split("\n")  # type: ignore[attr-defined]
    return rejected
