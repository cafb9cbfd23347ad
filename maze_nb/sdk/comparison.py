"""Two runs compared: what is read of them, and the comparison as people look at it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from maze_nb.config import home
from maze_nb.errors import ConnectionFailedError, MazeError, UnknownRunError
from maze_nb.model.comparison_rows import ComparisonRow
from maze_nb.projection.compared_run import ComparedRun, Recipes, compared_run
from maze_nb.projection.comparison import compare_runs
from maze_nb.projection.comparison_text import comparison_html, comparison_text, totals_text
from maze_nb.projection.run_view import view_of
from maze_nb.sdk.log import MessageLog
from maze_nb.sdk.look_up import catch_up, find_run
from maze_nb.sdk.outputs import Outputs
from maze_nb.wire.submission import RunSummary
from maze_nb.wire.task_story import TaskInput, TaskStories

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run


class Comparison:
    """What changed from one run to another; printed or displayed it says it in words.

    Attributes
    ----------
    row
        All of it as plain data.
    """

    def __init__(self, row: ComparisonRow) -> None:
        self.row = row

    def __repr__(self) -> str:
        return comparison_text(self.row)

    def _repr_html_(self) -> str:
        return comparison_html(self.row)

    @property
    def totals(self) -> str:
        """What came to change, in one line."""
        return totals_text(self.row)


def compare(client: MaClient, before: str, after: str) -> Comparison:
    """Return what changed from one run to another.

    Parameters
    ----------
    before, after
        The ids of the runs, or as much of their beginnings as is unique, or ``latest``.

    Raises
    ------
    UnknownRunError
        If there is no such run.
    """
    return Comparison(compare_runs(_read(client, before), _read(client, after)))


def digests_of(log: MessageLog) -> dict[str, dict[str, str]]:
    """Return what tells the contents of outputs apart, by the ids of tasks and their names."""
    found: dict[str, dict[str, str]] = {}
    for message in log.read(0):
        if message["type"] == "finish_task":
            data = message["data"]
            found[data["task_id"]] = {
                output["name"]: _digest(output, data["result"]) for output in data["outputs"]
            }
    return found


def recipes_of(stories: TaskStories) -> Recipes:
    """Return what is told of the tasks of a run as it is compared."""
    sources = {task_id: stories.sources[at].text for task_id, at in stories.source_of.items()}
    inputs: dict[str, dict[str, str | tuple[str, str]]] = {
        task_id: _by_name(given) for task_id, given in stories.inputs.items()
    }
    return Recipes(sources, inputs)


def _read(client: MaClient, wanted: str) -> ComparedRun:
    run = _open(client, wanted)
    log = run.log
    view = view_of(log.read(0), is_interrupted=log.is_interrupted)
    return compared_run(view, _recipes(run), digests_of(log))


def _open(client: MaClient, wanted: str) -> Run:
    """Return the handle of a run named as people do, with what is known of it by now."""
    known: list[RunSummary] = []
    where = f"at {client.address}" if client.address else f"in {home()}"
    with suppress(ConnectionFailedError):
        known = client.runs()
    try:
        found = find_run(wanted, known, where)
    except UnknownRunError:
        # The list is the cluster's; of other runs there may be a copy on this machine.
        with suppress(MazeError):
            return client.get_run(wanted)
        raise
    run = client.get_run(found.run_id)
    catch_up(run, found)
    return run


def _recipes(run: Run) -> Recipes:
    try:
        return recipes_of(run.stories())
    except MazeError:
        # Only the messages of it are here, and nobody is there to ask: the rest can be compared.
        return Recipes()


def _by_name(given: tuple[TaskInput, ...]) -> dict[str, str | tuple[str, str]]:
    found: dict[str, str | tuple[str, str]] = {}
    for at, each in enumerate(given):
        if not each.task_id:
            found[each.name] = each.text
        elif not each.text:
            found[each.name] = each.task_id, each.output
        else:
            # A value with outputs of other tasks inside, of which each is told.
            found[each.name] = each.text
            found[f"{each.name}, part {at}"] = each.task_id, each.output
    return found


def _digest(output: Mapping[str, object], result: object) -> str:
    stored = output.get("stored")
    if isinstance(stored, Mapping):
        return str(stored.get("digest") or "")
    name = str(output.get("name"))
    data = result.pickled(name) if isinstance(result, Outputs) else None
    return "" if data is None else hashlib.sha256(data).hexdigest()
