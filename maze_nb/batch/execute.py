"""Executing one notebook in a fresh kernel, and what came of it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.batch import execution
from maze_nb.batch.environment import variable
from maze_nb.batch.interrupts import Interrupts
from maze_nb.batch.job import Checked, Job, check_job
from maze_nb.batch.place import (
    explained,
    is_remote,
    literally,
    read_notebook,
    refuse_unwritable,
    write_whole,
)
from maze_nb.batch.progress import NotebookProgress
from maze_nb.batch.run_report import RunRecord, collected_runs, read_runs
from maze_nb.errors import MazeError
from maze_nb.sdk.cache_scope import VARIABLE

if TYPE_CHECKING:
    from papermill.exceptions import PapermillExecutionError

    from maze_nb.batch.engine import Watch

__all__ = ["CellFailure", "Job", "Outcome", "execute"]

EXIT_SUCCESS = 0
EXIT_FAILURE = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class CellFailure:
    """The cell a notebook stopped at: its error in one line, and its traceback."""

    error: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """What came of a notebook.

    Attributes
    ----------
    is_nothing
        Whether nothing was executed, as all of it was before.
    has_begun
        Whether the output has anything of it.
    """

    runs: tuple[RunRecord, ...]
    seconds: float
    failure: CellFailure | None
    is_interrupted: bool
    is_nothing: bool = False
    has_begun: bool = True

    @property
    def exit_code(self) -> int:
        """0 if every cell and every task succeeded, 1 if one did not, 130 if interrupted."""
        if self.is_interrupted:
            return EXIT_INTERRUPTED
        if self.failure is not None or not all(run.has_succeeded for run in self.runs):
            return EXIT_FAILURE
        return EXIT_SUCCESS


def execute(job: Job, progress: NotebookProgress) -> Outcome:
    """Execute a notebook; the output is written whether it succeeds, fails or is interrupted.

    Raises
    ------
    MazeError
        The notebook cannot be read, its kernel is not there, or a parameter does not fit.
    """
    # What brings papermill's engines along takes long to import.
    from maze_nb.batch.engine import Watch

    checked = check_job(job)
    if checked.has_nothing_left:
        return Outcome((), 0.0, None, False, is_nothing=True)
    refuse_unwritable(checked.output, "the output")
    if not is_remote(checked.output):
        Path(checked.output).parent.mkdir(parents=True, exist_ok=True)
        write_whole(checked.output)
    started = time.monotonic()
    failure = None
    told = {
        "name": checked.name,
        "folder": checked.folder,
        "kernel": checked.kernel,
        "cache_scope": checked.cache_scope,
    }
    with (
        execution.kept_runs(checked.name) as kept,
        collected_runs() as reported,
        # A notebook in a notebook, as a task, is in the scope of the outer one.
        variable(VARIABLE, checked.cache_scope or os.environ.get(VARIABLE, "")),
        Interrupts.heard() as interrupts,
    ):
        watch = Watch(progress, interrupts, reported, told)
        try:
            failure = _execute(job, checked, watch)
        except KeyboardInterrupt:
            interrupts.is_set = True
        runs = read_runs(reported)
    outcome = Outcome(
        runs,
        time.monotonic() - started,
        failure,
        interrupts.is_set,
        has_begun=not interrupts.is_set or _is_written(checked),
    )
    if outcome.exit_code == EXIT_SUCCESS:
        execution.forget(kept)
    return outcome


def _execute(job: Job, checked: Checked, watch: Watch) -> CellFailure | None:
    from nbclient.exceptions import CellControlSignal, CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    from maze_nb.batch import engine
    from maze_nb.batch.kernel import KernelErrors

    try:
        with explained(job.output), _unknown_told(checked), KernelErrors.passed_on() as errors:
            execute_notebook(
                literally(checked.source),
                literally(checked.output),
                parameters=dict(checked.parameters),
                engine_name=engine.NAME,
                kernel_name=checked.kernel,
                language=checked.language,
                kernel_manager_class=errors.manager_class(),
                progress_bar=False,
                prepare_only=job.is_only_prepared,
                cwd=checked.folder,
                watch=watch,
                stdout_file=job.stdout,
                stderr_file=job.stderr,
                **_options(job),
            )
            _stop(watch)
    except PapermillExecutionError as error:
        return None if watch.interrupts.is_set else _cell_failure(error)
    except CellTimeoutError as error:
        return CellFailure("a cell took longer than --execution-timeout allows", str(error))
    except (DeadKernelError, CellControlSignal) as error:
        return CellFailure(f"the kernel ended: {error}", "")
    return None


@contextmanager
def _unknown_told(checked: Checked) -> Iterator[None]:
    """Have papermill warn only of parameters that are not there: it overlooks some that are."""
    from papermill.log import logger

    warnings = {f"Passed unknown parameter: {name}" for name in checked.known}

    def is_told(record: logging.LogRecord) -> bool:
        return record.getMessage() not in warnings

    logger.addFilter(is_told)
    try:
        yield
    finally:
        logger.removeFilter(is_told)


def _is_written(checked: Checked) -> bool:
    """Whether the output is of this execution, and not of an earlier one."""
    try:
        return execution.noted(read_notebook(checked.output)).get("name") == checked.name
    except MazeError:
        return False


def _stop(watch: Watch) -> None:
    """Raise what drops what a kernel says as it is ended by an interrupt."""
    if watch.interrupts.is_set:
        raise KeyboardInterrupt


def _options(job: Job) -> dict[str, Any]:
    return {name: value for name, value in job.options.items() if value is not None}


def _cell_failure(error: PapermillExecutionError) -> CellFailure:
    where = "" if error.exec_count is None else f"In [{error.exec_count}]: "
    what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
    return CellFailure(f"{where}{what}", "\n".join(error.traceback))
