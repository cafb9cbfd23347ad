"""What is said between a live view and whoever tells it of runs, and the schema of that."""

from __future__ import annotations

import inspect
import re
from typing import Any, Literal, NotRequired, Required, TypedDict

import msgspec

from maze_nb.model.comparison_rows import ComparisonRow
from maze_nb.model.graph import Edge
from maze_nb.model.list_rows import RunsPage
from maze_nb.model.resources import Resources
from maze_nb.model.rows import Delta, ItemsPage, Snapshot
from maze_nb.model.task_options import TaskOptions


class GraphTaskRow(TypedDict, total=False):
    """One task of a graph; what is as always need not be told.

    ``mark`` and ``why`` say that it is stale, where that is known.
    """

    id: Required[str]
    name: Required[str]
    kind: str
    inputs: list[str]
    outputs: list[str]
    resources: Resources
    options: TaskOptions
    group: str
    cell: str
    mark: str
    why: str


class GraphRow(TypedDict):
    """The graph of a run."""

    workflow_id: str
    name: str
    tasks: list[GraphTaskRow]
    edges: list[Edge]


class TellSnapshot(Snapshot):
    """All that is known of a run; ``graph`` is empty until it has started."""

    kind: Literal["snapshot"]
    run_id: str
    graph: GraphRow


class TellDelta(Delta):
    """What is new of a run; ``now`` is the clock of the teller, in seconds since 1970."""

    kind: Literal["delta"]
    run_id: str
    now: float


class TellItems(ItemsPage):
    """Some items of a map."""

    kind: Literal["items"]
    run_id: str


class TellPulse(TypedDict):
    """Nothing is new, and somebody is there."""

    kind: Literal["pulse"]
    run_id: str
    now: float


class TellNoRun(TypedDict):
    """The run that a view wants cannot be had; ``error`` says why."""

    kind: Literal["no_run"]
    run_id: str
    error: str


class TellAnswer(TypedDict):
    """The answer to a question; ``error`` says why there is none, else it is empty."""

    kind: Literal["answer"]
    ask_id: int
    error: str
    value: dict[str, Any]


class WantRun(TypedDict):
    """A view wants all that is known of a run; without ``run_id`` the one the channel is about."""

    kind: Literal["sync"]
    run_id: NotRequired[str]


class WantItems(TypedDict):
    """A view wants those items of a map that show ``state``, or any if that is empty."""

    kind: Literal["items"]
    run_id: NotRequired[str]
    task_id: str
    state: str
    offset: int


class WantAnswer(TypedDict):
    """A view asks something that has one answer; what it asks for stands beside these fields."""

    kind: Literal["ask"]
    ask: str
    ask_id: int
    run_id: str


TOLD = (TellSnapshot, TellDelta, TellItems, TellPulse, TellNoRun, TellAnswer)
"""What views are told."""
WANTED = (WantRun, WantItems, WantAnswer)
"""What views send."""
ANSWERED = (RunsPage, ComparisonRow)
"""What some answers are."""


def _plain(docstring: str) -> str:
    """Return what a docstring says before it lists attributes, with code marked as TSDoc does."""
    text = inspect.cleandoc(docstring).split("\n\nAttributes\n", 1)[0]
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def view_schema() -> dict[str, Any]:
    """Return the JSON schema of all that is said, by the names of the types."""
    _, parts = msgspec.json.schema_components(
        [*TOLD, *WANTED, *ANSWERED], ref_template="#/$defs/{name}"
    )
    for part in parts.values():
        part["description"] = _plain(part.get("description", ""))

    def one_of(types: tuple[type, ...]) -> dict[str, Any]:
        return {"oneOf": [{"$ref": f"#/$defs/{each.__name__}"} for each in types]}

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ViewMessages",
        "type": "object",
        "properties": {
            "told": one_of(TOLD),
            "wanted": one_of(WANTED),
            "answered": one_of(ANSWERED),
        },
        "required": ["told", "wanted", "answered"],
        "$defs": dict(sorted(parts.items())),
    }
