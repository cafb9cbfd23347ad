"""What the lists of runs and of nodes are told, row by row."""

from __future__ import annotations

from typing import TypedDict


class SparklineRow(TypedDict):
    """When tasks of a run ended, in bars that are ``seconds`` wide each, the first at its start.

    ``ended`` counts all that ended, ``failed`` those of them that failed.
    """

    seconds: float
    ended: list[int]
    failed: list[int]


class RunListRow(TypedDict):
    """One run in a list of runs; times in seconds since 1970, ``counts`` of tasks by state.

    ``origin`` is where it was started, ``nbytes`` how much its journal takes, ``is_here`` whether
    the scheduler that was asked carries it through.
    """

    run_id: str
    workflow_id: str
    name: str
    status: str
    started: float | None
    finished: float | None
    counts: dict[str, int]
    origin: str
    nbytes: int
    is_here: bool
    sparkline: SparklineRow


class RunsPage(TypedDict):
    """Some runs of a list, the newest first, as it was asked for.

    ``offset`` is how many come before them, ``matched`` how many runs are like those that were
    asked for, ``total`` how many there are at all and ``statuses`` how many of each status are
    among those that the search finds. ``place`` says where they are kept, ``note`` what is wrong.
    """

    rows: list[RunListRow]
    offset: int
    matched: int
    total: int
    statuses: dict[str, int]
    place: str
    note: str
