"""Runs a notebook for a test, and says what came of it."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.errors import MazeError, nearest
from maze_nb.projection.humane import duration_text
from maze_nb.testing.failing_cell import failing_cell, plain
from maze_nb.testing.program import run_program
from maze_nb.wire.records import Record, by_name

_STATES = {0: "succeeded", 130: "interrupted"}
_USAGE = 2
_TRACEBACK_LINES = 25


@dataclass(frozen=True)
class NotebookRun:
    """What came of a notebook.

    Attributes
    ----------
    state
        ``"succeeded"`` if every cell and every task did, ``"failed"`` or ``"interrupted"``.
    records
        What it recorded with ``maze_nb.record``, by name.
    run_ids
        The runs that it made, in the order they started.
    output
        The notebook as it was executed.
    seconds
        How long it took.
    error
        In one line what went wrong, empty if nothing did.
    failure
        The same for people: with the cell that failed, and its traceback.
    """

    notebook: Path
    state: str
    records: dict[str, Any]
    run_ids: tuple[str, ...]
    output: Path
    seconds: float
    error: str = ""
    failure: str = ""

    def __repr__(self) -> str:
        more = f": {self.error}" if self.error else ""
        return f"<{self.notebook.name} {self.state} in {duration_text(self.seconds)}{more}>"


class NotebookFailedError(AssertionError):
    """A notebook did not succeed.

    Attributes
    ----------
    outcome
        What came of it.
    """

    def __init__(self, outcome: NotebookRun) -> None:
        super().__init__(outcome.failure)
        self.outcome = outcome


class MazeRun:
    """Runs notebooks.

    Parameters
    ----------
    places
        The folders to look for notebooks in, the first first.
    folder
        Where executed notebooks go.
    timeout
        How many seconds a notebook may take.
    """

    def __init__(self, places: Sequence[Path], folder: Path, timeout: float) -> None:
        self._places = tuple(dict.fromkeys(places))
        self._folder = folder
        self._timeout = timeout
        self._count = 0

    def __call__(self, notebook: str | Path, /, **parameters: Any) -> NotebookRun:
        """Run a notebook that has to succeed, and return what came of it.

        Parameters
        ----------
        parameters
            Values for its parameters cell.

        Raises
        ------
        NotebookFailedError
            If a cell or a task of it failed.
        MazeError
            If it cannot be run at all: it is not there, or has no such parameter.
        """
        __tracebackhide__ = True
        outcome = self.outcome(notebook, **parameters)
        if outcome.state != _STATES[0]:
            raise NotebookFailedError(outcome)
        return outcome

    def outcome(self, notebook: str | Path, /, **parameters: Any) -> NotebookRun:
        """Run a notebook, and return what came of it, be it a failure.

        Raises
        ------
        MazeError
            If it cannot be run at all: it is not there, or has no such parameter.
        """
        __tracebackhide__ = True
        source = self._find(Path(notebook))
        self._count += 1
        folder = self._folder / f"{self._count}"
        folder.mkdir()
        output = folder / source.name
        job = {"notebook": str(source), "output": str(output), "parameters": _plain(parameters)}
        told = run_program(job, folder, self._timeout)
        if told["exit_code"] == _USAGE:
            raise MazeError(str(told["error"]))
        return _outcome(source, output, told, folder)

    def _find(self, notebook: Path) -> Path:
        __tracebackhide__ = True
        found = next((p / notebook for p in self._places if (p / notebook).is_file()), None)
        if found is None:
            known = {f.name for place in self._places for f in place.glob("*.ipynb")}
            where = " or ".join(map(str, self._places))
            raise MazeError(
                f"there is no notebook {notebook} in {where}: {nearest(notebook.name, known)}"
            )
        return found.resolve()


def _plain(parameters: dict[str, Any]) -> dict[str, Any]:
    """Return parameters as JSON has them; paths are their texts."""
    for name, value in parameters.items():
        try:
            json.dumps(value, default=_text_of)
        except (TypeError, ValueError) as error:
            raise MazeError(
                f"parameter {name!r} cannot be written into a notebook ({error}): give numbers, "
                "texts, lists and dicts of them, or the path of a file"
            ) from error
    plain_ones: dict[str, Any] = json.loads(json.dumps(parameters, default=_text_of))
    return plain_ones


def _text_of(value: object) -> str:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"it is of the type {type(value).__name__}")


def _outcome(source: Path, output: Path, told: dict[str, Any], folder: Path) -> NotebookRun:
    state = _STATES.get(told["exit_code"], "failed")
    return NotebookRun(
        notebook=source,
        state=state,
        records=_records(told["records"], folder),
        run_ids=tuple(told["run_ids"]),
        output=output,
        seconds=told["seconds"],
        error=told["error"],
        failure="" if state == _STATES[0] else _failure(source, output, told, state),
    )


def _records(lines: Iterable[Any], folder: Path) -> dict[str, Any]:
    records = by_name(msgspec.convert(line, Record) for line in lines)
    return {name: _value(record, folder) for name, record in records.items()}


def _value(record: Record, folder: Path) -> Any:
    if record.file:
        return pickle.loads((folder / "values" / record.file).read_bytes())
    return record.shown


def _failure(source: Path, output: Path, told: dict[str, Any], state: str) -> str:
    lines = [f"{source.name} {state}: {told['error']}"]
    cell = failing_cell(output)
    if cell is not None:
        lines += [
            "",
            f"the cell {cell.title} of the executed notebook:",
            *(f"    {line}" for line in cell.source),
        ]
    trace = plain(told["traceback"]).strip().splitlines()
    if trace:
        lines += ["", *trace[-_TRACEBACK_LINES:]]
    if told["run_ids"]:
        lines += ["", f"its runs: {', '.join(told['run_ids'])}"]
    if output.exists():
        lines += ["", f"as it was executed: {output}"]
    return "\n".join(lines)
