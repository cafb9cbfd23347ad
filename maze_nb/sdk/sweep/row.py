"""One combination of a sweep and what came of it."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from maze_nb.projection.bounded import one_line
from maze_nb.wire.records import Record

NOT_RUN = "not run"
SUCCEEDED = "succeeded"
KEPT_CHARS = 2**16
"""So long, as JSON, can a recorded value be that stands in a row; others do in words."""
_NAME_CHARS = 80
_UNSAFE = re.compile(r"[^\w.=,+-]+")


class Row(msgspec.Struct, frozen=True):
    """A combination of a sweep.

    Attributes
    ----------
    number
        Counts from 1.
    parameters
        What differs from one combination to the other.
    status
        How its run ended: ``succeeded``, ``failed``, ``cancelled`` and so on; ``not run`` if it
        was not begun.
    seconds
        How long the notebook took; None if it did not begin.
    error
        What went wrong, in one line; empty if nothing did.
    run_id
        The run; empty if there was none.
    notebook
        The file name of its output notebook in the folder of the sweep; empty if there is none.
    recorded
        What it recorded, by name; what JSON cannot hold, or is very large, in words.
    """

    number: int
    parameters: dict[str, Any]
    status: str = NOT_RUN
    seconds: float | None = None
    error: str = ""
    run_id: str = ""
    notebook: str = ""
    recorded: dict[str, Any] = {}

    @property
    def has_begun(self) -> bool:
        """Whether its notebook began."""
        return self.seconds is not None

    @property
    def has_succeeded(self) -> bool:
        """Whether all went well."""
        return self.status == SUCCEEDED

    @property
    def label(self) -> str:
        """What differs, in a few words: ``lr=0.1 depth=2``."""
        return label_of(self.parameters)


def label_of(parameters: dict[str, Any]) -> str:
    """Return parameters in a few words.

    Examples
    --------
    >>> label_of({"lr": 0.1 + 0.2, "depth": 2})
    'lr=0.3 depth=2'
    """
    return " ".join(
        f"{name}={value if isinstance(value, str) else one_line(_rounded(value))}"
        for name, value in parameters.items()
    )


def _rounded(value: Any) -> Any:
    """Return a number without the digits that only its binary form has."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def file_name_of(number: int, count: int, parameters: dict[str, Any]) -> str:
    """Return the name of an output notebook, which no other combination has.

    Examples
    --------
    >>> file_name_of(3, 24, {"lr": 0.1, "data": "s3://bucket/rows"})
    '03-lr=0.1,data=s3_bucket_rows.ipynb'
    """
    told = _UNSAFE.sub("_", label_of(parameters).replace(" ", ","))[:_NAME_CHARS].strip("._,")
    return f"{number:0{len(str(count))}}-{told}.ipynb"


def recorded_in(records: dict[str, Record], notebook: str) -> dict[str, Any]:
    """Return recorded values as they stand in a row.

    Parameters
    ----------
    notebook
        The file that has those that are too large.
    """
    return {name: _held(record, notebook) for name, record in records.items()}


def _held(record: Record, notebook: str) -> Any:
    value = record.shown
    if isinstance(value, int | float | bool | None):
        return value
    length = len(value) if isinstance(value, str) else len(json.dumps(value))
    if length <= KEPT_CHARS:
        return value
    kind = record.kind or type(value).__name__
    items = f" of {len(value):,}" if hasattr(value, "__len__") else ""
    return f"<{kind}{items}, in {notebook}>"
