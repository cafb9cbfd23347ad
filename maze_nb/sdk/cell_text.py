"""A task of a run as the text of a cell that calls it with what it got there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from maze_nb.errors import MazeError
from maze_nb.model.task_spec import index_of
from maze_nb.sdk.run import Run
from maze_nb.sdk.run_index import RunIndex
from maze_nb.sdk.workflow import made_here
from maze_nb.wire.task_story import TaskInput, TaskSource


def cell_text(run: Run, task_id: str) -> str:
    """Return the text of a cell.

    Where the run was started from this notebook and its task failed, the cell begins with the
    magic that binds what the task got; else it reads that from the run.

    Raises
    ------
    MazeError
        If the source of the task is not known.
    """
    story = run.story(task_id)
    index = RunIndex(run.log)
    index.refresh()
    task_id = index.task_id_of(task_id)
    name = index.names[task_id]
    if story.source is None:
        raise MazeError(
            f"the source of task {name!r} is not known, so that it cannot be put into a cell: "
            f"define its function in a cell or a file"
        )
    body = _body(story.source)
    last = index.final.get(task_id)
    has_failed = last is not None and last["type"] == "task_exception"
    if has_failed and name.isidentifier() and _is_here(run):
        return f"%%maze_debug {name} --run {run.run_id}\n{body}"
    return "\n".join([*_inputs(run, task_id, story.inputs, index), body])


def _body(source: TaskSource) -> str:
    text = source.text
    if source.cell:
        first, _, rest = text.partition("\n")
        text = rest if first.lstrip().startswith("%%") else text
    text = text.rstrip()
    return f"{text}\n\n{source.call}" if source.call else text


def _is_here(run: Run) -> bool:
    """Tell whether a notebook with the magics is here from which the run was started."""
    started = run.log.read()[:1]
    if not (_has_magics() and started):
        return False
    return made_here(started[0]["data"]["workflow_id"]) is not None


def _has_magics() -> bool:
    # Without a notebook nobody has imported IPython, and it takes long.
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return shell is not None and shell.find_cell_magic("maze_debug") is not None


def _inputs(run: Run, task_id: str, inputs: Iterable[TaskInput], index: RunIndex) -> Iterator[str]:
    told = list(inputs)
    yield f"# Task {index.names[task_id]!r} of run {run.run_id}"
    if any(each.task_id for each in told):
        where = repr(run.client.address) if run.client.address else "offline=True"
        yield "from maze_nb import MaClient"
        yield f"_run = MaClient({where}).get_run({run.run_id!r})"
    number = index_of(task_id) if task_id in index.items else None
    for each in told:
        item = f"[{number}]" if each.is_each and number is not None else ""
        yield _bound(each, item, index.names)


def _bound(given: TaskInput, item: str, names: Mapping[str, str]) -> str:
    if given.task_id and not given.text:
        source = names.get(given.task_id, given.task_id)
        taken = f"_run.outputs({given.task_id!r})[{given.output!r}]{item}"
        return f"{given.name} = {taken}  # of {source}"
    if given.task_id or not _is_literal(given.text):
        return f"# {given.name} was {given.text}{item}"
    return f"{given.name} = {given.text}{item}"


def _is_literal(text: str) -> bool:
    """Tell whether a text stands for a whole value: what was shortened does not."""
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return "..." not in text
