"""A list of runs as views show it: searched, filtered by status, the newest first, in pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from maze_nb.model.list_rows import RunListRow, RunsPage, SparklineRow
from maze_nb.projection.bounded import bounded_text, first_line
from maze_nb.projection.sparkline import empty_sparkline

MOST_ROWS = 500
"""How many rows a page has at most."""


class ListedRun(Protocol):
    """What is asked of a run in a list."""

    @property
    def run_id(self) -> str: ...  # noqa: D102
    @property
    def workflow_id(self) -> str: ...  # noqa: D102
    @property
    def workflow_name(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def started(self) -> float: ...  # noqa: D102
    @property
    def finished(self) -> float | None: ...  # noqa: D102
    @property
    def counts(self) -> dict[str, int]: ...  # noqa: D102
    @property
    def origin(self) -> str: ...  # noqa: D102
    @property
    def nbytes(self) -> int: ...  # noqa: D102
    @property
    def is_here(self) -> bool: ...  # noqa: D102
    @property
    def sparkline(self) -> SparklineRow | None: ...  # noqa: D102


def runs_page(
    runs: Iterable[ListedRun],
    *,
    search: str = "",
    statuses: Collection[str] = (),
    offset: int = 0,
    limit: int = 100,
    place: str = "",
    note: str = "",
) -> RunsPage:
    """Return a page of a list of runs, the newest first.

    Parameters
    ----------
    search
        Words that all have to be in a run's name, id, status or origin, whatever their case.
    statuses
        The statuses that are wanted; empty for all.
    offset, limit
        Which of those that are found.
    place, note
        Where the runs are, and what is wrong with that, in words.
    """
    everything = sorted(runs, key=lambda run: run.started, reverse=True)
    words = search.casefold().split()
    found = [run for run in everything if _has(run, words)] if words else everything
    chosen = [run for run in found if run.status in statuses] if statuses else found
    start = max(0, offset)
    return {
        "rows": [run_list_row(run) for run in chosen[start : start + _most(limit)]],
        "offset": start,
        "matched": len(chosen),
        "total": len(everything),
        "statuses": dict(Counter(run.status for run in found)),
        "place": place,
        "note": note,
    }


def asked_page(
    runs: Iterable[ListedRun], asked: Mapping[str, object], *, place: str = "", note: str = ""
) -> RunsPage:
    """Return the page that somebody asked for in JSON, or as the query of an address.

    Parameters
    ----------
    asked
        ``search``, ``statuses`` (a list, or words with commas between them), ``offset`` and
        ``limit``; what is missing or no number is as always.
    """
    return runs_page(
        runs,
        search=str(asked.get("search") or "")[:200],
        statuses=_words(asked.get("statuses")),
        offset=_whole(asked.get("offset"), 0),
        limit=_whole(asked.get("limit"), 100),
        place=place,
        note=note,
    )


def run_list_row(run: ListedRun) -> RunListRow:
    """Return one run as a row of a list."""
    return {
        "run_id": run.run_id,
        "workflow_id": run.workflow_id,
        "name": first_line(run.workflow_name, 200),
        "status": run.status,
        "started": run.started,
        "finished": run.finished,
        "counts": dict(run.counts),
        "origin": bounded_text(run.origin, 1_000),
        "nbytes": run.nbytes,
        "is_here": run.is_here,
        "sparkline": run.sparkline or empty_sparkline(),
    }


def _has(run: ListedRun, words: Sequence[str]) -> bool:
    said = f"{run.workflow_name}\n{run.run_id}\n{run.status}\n{run.origin}".casefold()
    return all(word in said for word in words)


def _most(limit: int) -> int:
    return min(max(0, limit), MOST_ROWS)


def _words(value: object) -> Collection[str]:
    if isinstance(value, str):
        value = value.split(",")
    return frozenset(filter(None, map(str, value))) if isinstance(value, list | tuple) else ()


def _whole(value: object, otherwise: int) -> int:
    try:
        return int(str(value))
    except ValueError:
        return otherwise
