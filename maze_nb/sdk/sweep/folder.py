"""The folder of a sweep: what it is of, what came of each combination so far, its notebooks."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from maze_nb.errors import WorkflowError
from maze_nb.sdk.sweep.row import Row, file_name_of

_PLAN = "sweep.json"
_ROWS = "rows.jsonl"
_LOCK = ".lock"
SUMMARY = "summary.ipynb"
TABLE = "summary.csv"


class Plan(msgspec.Struct, frozen=True):
    """What a sweep is of.

    Attributes
    ----------
    notebook
        The file.
    name
        What the sweep is called.
    axes
        The values by the names of the parameters that differ.
    fixed
        The parameters that do not.
    kernel
        The kernel to use instead of the one that the notebook names; empty if none.
    resources, options
        As for a task.
    """

    notebook: str
    name: str
    axes: dict[str, list[Any]]
    fixed: dict[str, Any] = {}
    kernel: str = ""
    resources: dict[str, float] = {}
    options: dict[str, Any] = {}


class SweepFolder:
    """The folder in which a sweep keeps its files, so that it can be gone on with.

    Each row is there as soon as its notebook has ended, whatever happens to this process then.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().absolute()

    @property
    def has_sweep(self) -> bool:
        """Whether there is a sweep in it."""
        return (self.path / _PLAN).is_file()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes from running a sweep here; leave nothing if none was begun.

        Raises
        ------
        WorkflowError
            If one does, or the folder cannot be written to.
        """
        missing = [each for each in (self.path, *self.path.parents) if not os.path.lexists(each)]
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            _remove_empty(missing)
            raise WorkflowError(
                f"the folder {self.path} of the sweep cannot be written to ({error.strerror}): "
                f"name another one as its output"
            ) from error
        try:
            if not _locked(lock):
                raise WorkflowError(
                    f"another process runs a sweep in {self.path}: wait for it, or name another "
                    f"folder"
                )
            try:
                yield
            finally:
                # With a sweep it stays: others may hold it open already, to lock it next.
                if not self.has_sweep:
                    (self.path / _LOCK).unlink(missing_ok=True)
                    _remove_empty(missing)
        finally:
            os.close(lock)

    def begin(self, plan: Plan) -> None:
        """Keep what the sweep is of; nothing has run of it.

        Raises
        ------
        WorkflowError
            If a sweep is there already.
        """
        if self.has_sweep:
            raise WorkflowError(
                f"{self.path} has a sweep already: run those of it that failed again with "
                f"--failed (failed=True), or name another folder as the output"
            )
        (self.path / _ROWS).unlink(missing_ok=True)
        self.write(_PLAN, f"{_encoded(plan, indent=2)}\n".encode())

    def withdraw(self) -> None:
        """Leave nothing of a sweep of which nothing has begun."""
        for name in (_ROWS, _PLAN):
            (self.path / name).unlink(missing_ok=True)

    def plan(self) -> Plan:
        """Return what the sweep is of.

        Raises
        ------
        WorkflowError
            If there is none.
        """
        try:
            return msgspec.convert(json.loads((self.path / _PLAN).read_bytes()), Plan)
        except OSError as error:
            raise WorkflowError(
                f"there is no sweep in {self.path}: name the folder of one, as in --output FOLDER "
                f"(output=FOLDER)"
            ) from error
        except (ValueError, msgspec.ValidationError) as error:
            raise WorkflowError(f"{self.path / _PLAN} cannot be read: {error}") from error

    def add(self, row: Row) -> None:
        """Keep what came of a combination, in place of what did before."""
        with (self.path / _ROWS).open("ab") as file:
            file.write(f"{_encoded(row)}\n".encode())

    def ended(self) -> dict[int, Row]:
        """Return what came of the combinations that have ended, by number."""
        found = {}
        path = self.path / _ROWS
        for line in path.read_bytes().splitlines() if path.is_file() else ():
            try:
                row = msgspec.convert(json.loads(line), Row)
            except (ValueError, msgspec.ValidationError):
                continue  # cut short by the end of its process
            found[row.number] = row
        return found

    def output_name(self, row: Row, count: int) -> str:
        """Return the file name of the output notebook of a combination."""
        return file_name_of(row.number, count, row.parameters)

    def write(self, name: str, content: bytes) -> Path:
        """Write a file, whole or not at all."""
        path = self.path / name
        part = path.with_name(f".{name}.part")
        part.write_bytes(content)
        part.replace(path)
        return path


def _locked(lock: int) -> bool:
    """Lock an open file; say whether it is nobody else's, and still there for others to see."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return os.fstat(lock).st_nlink > 0


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders that are empty, the innermost first."""
    for each in folders:
        with suppress(OSError):
            each.rmdir()


def _encoded(held: Plan | Row, indent: int | None = None) -> str:
    """Return something as JSON that Python reads: numbers that are not finite are kept too."""
    return json.dumps(msgspec.to_builtins(held), indent=indent)


def free_folder(name: str) -> SweepFolder:
    """Return the folder for a new sweep of a name: ``out/NAME``, or the first that is free."""
    number = 1
    while True:
        found = _numbered(name, number)
        if not found.has_sweep:
            return found
        number += 1


def last_folder(name: str) -> SweepFolder:
    """Return the folder of the last sweep of a name, where `free_folder` put it."""
    number = 1
    while _numbered(name, number + 1).has_sweep:
        number += 1
    return _numbered(name, number)


def _numbered(name: str, number: int) -> SweepFolder:
    return SweepFolder(Path("out") / (name if number == 1 else f"{name}-{number}"))
