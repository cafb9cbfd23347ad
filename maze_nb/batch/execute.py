"""Executing one notebook in a fresh kernel, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.batch.parameters import check_names
from maze_nb.batch.progress import CellProgress
from maze_nb.batch.run_report import RunRecord, collected_runs, read_runs
from maze_nb.batch.watch import retries_told
from maze_nb.errors import MazeError

if TYPE_CHECKING:
    from papermill.exceptions import PapermillExecutionError
    from traitlets.config import Config

EXIT_SUCCESS = 0
EXIT_FAILURE = 1
EXIT_INTERRUPTED = 130

_FALLBACK_KERNEL = "python3"


@dataclass(frozen=True)
class Job:
    """A notebook to execute.

    Attributes
    ----------
    notebook, output
        Where it is, and where its executed copy goes.
    parameters
        Values for its parameters cell.
    kernel
        The kernel to use instead of the one that the notebook names.
    folder
        Where it runs; by default the folder it is in.
    """

    notebook: Path
    output: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    kernel: str | None = None
    folder: Path | None = None


@dataclass(frozen=True)
class CellFailure:
    """The cell a notebook stopped at: its error in one line, and its traceback."""

    error: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """What came of a notebook."""

    runs: tuple[RunRecord, ...]
    seconds: float
    failure: CellFailure | None
    is_interrupted: bool

    @property
    def exit_code(self) -> int:
        """0 if every cell and every task succeeded, 1 if one did not, 130 if interrupted."""
        if self.is_interrupted:
            return EXIT_INTERRUPTED
        if self.failure is not None or not all(run.has_succeeded for run in self.runs):
            return EXIT_FAILURE
        return EXIT_SUCCESS


def execute(job: Job, progress: CellProgress) -> Outcome:
    """Execute a notebook; the output is written whether it succeeds, fails or is interrupted.

    Raises
    ------
    MazeError
        The notebook cannot be read, its kernel is not there, or a parameter is unknown to it.
    """
    kernel = _check(job)
    job.output.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    failure, is_interrupted = None, False
    with collected_runs() as reported:
        try:
            with retries_told(reported, progress.note):
                failure = _execute(job, kernel, progress)
        except KeyboardInterrupt:
            is_interrupted = True
        runs = read_runs(reported)
    return Outcome(runs, time.monotonic() - started, failure, is_interrupted)


def _check(job: Job) -> str:
    """Return the name of the kernel to use, or raise for what is wrong with the job."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    from papermill import inspect_notebook

    if job.output.resolve() == job.notebook.resolve():
        raise MazeError(f"the output would overwrite the notebook {job.notebook}; name another one")
    try:
        notebook = nbformat.read(job.notebook, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, nbformat.ValidationError) as error:
        reason = str(error).splitlines()[0]
        raise MazeError(f"{job.notebook} is not a notebook that can be read: {reason}") from error
    spec = notebook.metadata.get("kernelspec", {})
    kernel = job.kernel or spec.get("name") or _FALLBACK_KERNEL
    try:
        KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel as error:
        raise MazeError(
            f"{job.notebook} needs the kernel {kernel!r}, which is not installed here; "
            "name another one with --kernel (see `jupyter kernelspec list`)"
        ) from error
    if job.parameters:
        check_names(job.parameters, inspect_notebook(job.notebook), job.notebook)
    return str(kernel)


def _execute(job: Job, kernel: str, progress: CellProgress) -> CellFailure | None:
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    from maze_nb.batch import engine
    from maze_nb.batch.kernel import KernelErrors

    try:
        with KernelErrors() as errors:
            execute_notebook(
                job.notebook.resolve(),
                job.output.resolve(),
                parameters=dict(job.parameters),
                engine_name=engine.NAME,
                kernel_name=kernel,
                kernel_manager_class=errors.manager_class(),
                progress_bar=False,
                config=_encrypted(),
                cwd=(job.folder or job.notebook.parent).resolve(),
                progress=progress,
            )
    except PapermillExecutionError as error:
        return _cell_failure(error)
    except (DeadKernelError, CellControlSignal) as error:
        return CellFailure(f"the kernel ended: {error}", "")
    return None


def _encrypted() -> Config:
    """Return settings by which the messages of a kernel that can do so travel encrypted."""
    from jupyter_client.manager import KernelManager
    from traitlets.config import Config

    settings = Config()
    if "transport_encryption" in KernelManager.class_trait_names():
        settings.KernelManager.transport_encryption = "auto"
    return settings


def _cell_failure(error: PapermillExecutionError) -> CellFailure:
    where = "" if error.exec_count is None else f"In [{error.exec_count}]: "
    what = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
    return CellFailure(f"{where}{what}", "\n".join(error.traceback))
