"""All checks of ``maze-nb doctor``: run side by side, each in bounded time, none able to end it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from time import monotonic
from typing import NamedTuple

from maze_nb.cli.checks.finding import Check, Finding, Surroundings, fault
from maze_nb.errors import MazeError


class CheckRow(NamedTuple):
    """One check: where it is, as ``module:function``, and how long it may take."""

    subject: str
    place: str
    seconds: float = 20.0


_HERE = "maze_nb.cli.checks"
CHECKS = (
    CheckRow("versions", f"{_HERE}.versions:check_versions"),
    CheckRow("MAZE_HOME", f"{_HERE}.home:check_home"),
    CheckRow("run store", f"{_HERE}.run_store:check_run_store", 30.0),
    CheckRow("cluster", f"{_HERE}.cluster:check_cluster", 120.0),
    CheckRow("GPU", f"{_HERE}.gpu:check_gpu"),
    CheckRow("kernel", f"{_HERE}.jupyter:check_kernel"),
    CheckRow("JupyterLab extension", f"{_HERE}.jupyter:check_lab_extension"),
    CheckRow("server extension", f"{_HERE}.jupyter:check_server_extension"),
    CheckRow("containers", f"{_HERE}.containers:check_containers"),
)


@dataclass
class _Patient:
    """A check that is going on in a thread of its own, which does not keep the process alive."""

    row: CheckRow
    surroundings: Surroundings
    found: list[Finding] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._look, name=self.row.subject, daemon=True)
        self.thread.start()

    def _look(self) -> None:
        module, _, name = self.row.place.partition(":")
        try:
            check: Check = getattr(import_module(module), name)
            for finding in check(self.surroundings):
                self.found.append(finding)
        except (MazeError, ValueError) as error:
            self.found.append(_refused(self.row, error))
        except BaseException as error:  # noqa: BLE001  # whatever a check meets, the others go on
            self.found.append(_crashed(self.row, error))

    def result(self, deadline: float) -> list[Finding]:
        """Return what was found until a time."""
        self.thread.join(max(0.0, deadline - monotonic()))
        if self.thread.is_alive():
            text = f"to look at it takes longer than {self.row.seconds:g} s"
            return [
                *self.found,
                fault(self.row.subject, text, "see what it waits for: a slow disk?"),
            ]
        return self.found


def examine(surroundings: Surroundings, rows: tuple[CheckRow, ...] = CHECKS) -> Iterator[Finding]:
    """Yield what the checks find, in the order of the table."""
    begun = monotonic()
    patients = [_Patient(row, surroundings) for row in rows]
    for patient in patients:
        yield from patient.result(begun + patient.row.seconds)


def _refused(row: CheckRow, error: Exception) -> Finding:
    """Return what an error of Maze says: what was wrong, and after that what to do."""
    text, _, remedy = str(error).partition(". ")
    if not remedy:
        text, _, remedy = str(error).rpartition(": ")
    return fault(row.subject, text or str(error), remedy)


def _crashed(row: CheckRow, error: BaseException) -> Finding:
    first = next(iter(str(error).splitlines()), "")
    what = f"{type(error).__name__}: {first}" if first else type(error).__name__
    return fault(row.subject, f"could not be looked at ({what})", "mend that, and try again")
