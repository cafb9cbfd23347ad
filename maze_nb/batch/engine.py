"""The papermill engine ``maze``: cells and tasks are told of, and what goes on is waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from papermill.engines import NBClientEngine, papermill_engines
from papermill.log import logger
from papermill.utils import merge_kwargs, remove_args
from rich.console import Console

from maze_nb.batch import execution
from maze_nb.batch.failures import failure_lines
from maze_nb.batch.interrupts import Interrupts
from maze_nb.batch.meter import Meter
from maze_nb.batch.notebook_client import BESIDES, NotebookClient
from maze_nb.batch.parameter_types import parameters_of
from maze_nb.batch.place import is_remote, name_of, write_whole
from maze_nb.batch.progress import NotebookProgress, Quiet, progress_for
from maze_nb.batch.run_report import RunRecord, collected_runs, read_runs
from maze_nb.batch.watch import reports_told
from maze_nb.errors import InputError
from maze_nb.projection.block_bundles import EMPTY
from maze_nb.sdk.notebook_parameters import check

if TYPE_CHECKING:
    from traitlets.config import Config

NAME = "maze"
_STREAM = "-"


@dataclass(frozen=True, slots=True)
class Watch:
    """What an execution tells of itself, and what stops it.

    Attributes
    ----------
    progress
        Is told how far it is.
    interrupts
        Stop it.
    reported
        The file to which the kernel reports its runs.
    told
        What is written into the notebook of its execution, at least its ``name``.
    has_failures_as_cell
        Whether a run that failed makes a notebook fail of which no cell has.
    """

    progress: NotebookProgress
    interrupts: Interrupts
    reported: Path
    told: Mapping[str, str]
    has_failures_as_cell: bool = False


class MazeEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no annotations
    """Papermill's own engine, which tells of cells and tasks, and can be resumed.

    It is found as ``papermill --engine maze``, and takes the options of papermill's own.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: Any = True,
        *,
        watch: Watch | None = None,
        **options: Any,
    ) -> Any:
        """Execute a notebook; without a `watch` it is told of in the terminal."""
        if output_path and output_path != _STREAM and not is_remote(output_path):
            write_whole(output_path)
        if watch is None:
            title = name_of(options.get("input_path") or output_path or "notebook")
            _check_types(nb, kernel_name, cls.nb_language(nb), title)
            with _alone(nb, title, kernel_name, is_told=bool(progress_bar)) as watch:
                return cls._execute(nb, kernel_name, output_path, watch, options)
        return cls._execute(nb, kernel_name, output_path, watch, options)

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        watch: Watch,
        catch_up: Callable[[], None],
        log_output: bool = False,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        **options: Any,
    ) -> Any:
        """Execute the notebook that ``nb_man`` holds."""
        is_code = [cell["cell_type"] == "code" for cell in nb_man.nb.cells]
        nb_man.pbar = Meter(is_code, watch.progress, catch_up)
        given = remove_args(["input_path", "timeout", "startup_timeout"], **options)
        settings = merge_kwargs(
            {"config": encrypted(), **given},
            timeout=execution_timeout or options.get("timeout"),
            startup_timeout=start_timeout,
            kernel_name=kernel_name,
            log=logger,
            log_output=log_output,
        )
        has_ended = False
        try:
            NotebookClient(nb_man, watch.interrupts, **settings).execute()
            has_ended = True
        finally:
            # What is done now is in the notebook when papermill writes it for the last time.
            _drop_empty_places(nb_man.nb)
            execution.end(nb_man.nb, _status(nb_man.nb, watch, has_ended=has_ended))

    @classmethod
    def _execute(
        cls,
        nb: Any,
        kernel_name: str,
        output_path: str | None,
        watch: Watch,
        options: dict[str, Any],
    ) -> Any:
        nb.cells[:] = [cell for cell in nb.cells if BESIDES not in cell.metadata.get("tags", [])]
        execution.note(nb, **watch.told, status=execution.RUNNING)
        with reports_told(watch.reported, watch.progress) as catch_up:
            return super().execute_notebook(
                *(nb, kernel_name, output_path),
                progress_bar=False,
                watch=watch,
                catch_up=catch_up,
                **options,
            )


def _check_types(notebook: Any, kernel: str, language: str, title: str) -> None:
    """Refuse values of another type than their parameters; of unknown ones papermill has warned."""
    given = notebook.metadata.get("papermill", {}).get("parameters", {})
    known = parameters_of(notebook, kernel, language) or {}
    values = {name: value for name, value in given.items() if name in known}
    context = click.get_current_context(silent=True)
    try:
        check(values, known, title, typed=() if context is None else values)
    except InputError as error:
        if context is None:
            raise
        # The command papermill then says so in its own way.
        raise click.UsageError(str(error), context) from error


def _drop_empty_places(notebook: Any) -> None:
    """Drop what task cells have held free for their output, and was not needed."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [each for each in cell.outputs if each.get("data") != EMPTY.data]


@contextmanager
def _alone(notebook: Any, title: str, kernel: str, *, is_told: bool) -> Iterator[Watch]:
    """Give what an execution needs that papermill has begun, and not we."""
    name = execution.new_execution()
    console = Console(stderr=True)
    told = {"name": name, "folder": str(Path.cwd()), "kernel": kernel}
    with (
        execution.kept_runs(name) as kept,
        collected_runs() as reported,
        Interrupts.heard() as interrupts,
        progress_for(console, title) if is_told else nullcontext(Quiet()) as progress,
    ):
        yield Watch(progress, interrupts, reported, told, has_failures_as_cell=True)
    if execution.noted(notebook).get("status") == execution.SUCCEEDED:
        execution.forget(kept)


def _status(notebook: Any, watch: Watch, *, has_ended: bool) -> str:
    if watch.interrupts.is_set:
        return execution.INTERRUPTED
    if not has_ended or any(cell.metadata.papermill.get("exception") for cell in notebook.cells):
        return execution.FAILED
    failed = [run for run in read_runs(watch.reported) if not run.has_succeeded]
    if not failed:
        return execution.SUCCEEDED
    if watch.has_failures_as_cell:
        notebook.cells.append(_cell_of_failures(failed))
    return execution.FAILED


def _cell_of_failures(runs: list[RunRecord]) -> Any:
    """Return a cell with an error, by which papermill knows that not all went well."""
    from nbformat.v4 import new_code_cell, new_output

    text = "\n".join(line for run in runs for line in failure_lines(run))
    error = new_output("error", ename="TaskFailedError", evalue=text, traceback=text.splitlines())
    told = {"status": "failed", "exception": True, "start_time": None, "end_time": None}
    metadata = {"papermill": {**told, "duration": None}, "tags": [BESIDES]}
    return new_code_cell("# runs that did not succeed", outputs=[error], metadata=metadata)


def encrypted() -> Config:
    """Return settings by which the messages of a kernel that can do so travel encrypted."""
    from jupyter_client.manager import KernelManager
    from traitlets.config import Config

    settings = Config()
    if "transport_encryption" in KernelManager.class_trait_names():
        settings.KernelManager.transport_encryption = "auto"
    return settings


papermill_engines.register(NAME, MazeEngine)
