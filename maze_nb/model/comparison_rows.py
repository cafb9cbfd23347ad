"""What the comparison of two runs tells, row by row; what is of the first is ``before``."""

from __future__ import annotations

from typing import TypedDict


class SideRow(TypedDict):
    """One of the two runs; times in seconds since 1970, ``seconds`` is how long it took."""

    run_id: str
    name: str
    status: str
    started: float | None
    finished: float | None
    seconds: float | None
    tasks: int


class DifferenceRow(TypedDict):
    """Something that differs, as a short text for each run; empty where it is not there."""

    name: str
    before: str
    after: str


class OutputDifferenceRow(TypedDict):
    """An output that is not the same in both runs.

    ``verdict`` is ``differs``, ``alike`` (it looks the same, and its bytes are not), ``unknown``
    (too little is known of it), ``added`` or ``removed``.
    """

    name: str
    verdict: str
    before: str
    after: str


class TaskComparisonRow(TypedDict):
    """One task in both runs, or in one of them: then the id in the other is empty.

    ``changes`` has of ``added``, ``removed``, ``code``, ``inputs``, ``options``, ``results`` and
    ``state`` what is so. ``code`` is ``same``, ``changed`` or ``unknown``, ``diff`` how it changed,
    as a unified diff. ``before_state`` and ``after_state`` are the states that are shown,
    ``before_seconds`` and ``after_seconds`` what the task took where it ran.
    """

    name: str
    before_id: str
    after_id: str
    changes: list[str]
    before_state: str
    after_state: str
    before_seconds: float | None
    after_seconds: float | None
    code: str
    diff: str
    inputs: list[DifferenceRow]
    options: list[DifferenceRow]
    outputs: list[OutputDifferenceRow]


class ComparisonRow(TypedDict):
    """Two runs compared.

    ``tasks`` begins with those of which most changed, then come those whose times differ most; of
    very many only so many are there, and ``left_out`` says how many are not. ``counts`` has how
    many tasks show each kind of change, and under ``same`` how many show none.
    """

    before: SideRow
    after: SideRow
    tasks: list[TaskComparisonRow]
    left_out: int
    counts: dict[str, int]
