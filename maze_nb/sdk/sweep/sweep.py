"""Sweeps as people start them, or go on with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from maze_nb.errors import InputError, OptionError, WorkflowError
from maze_nb.model.parse_options import OptionWords
from maze_nb.sdk.notebook import notebook_task, refuse_thread
from maze_nb.sdk.notebook_file import NotebookFile, read_notebook_file
from maze_nb.sdk.sweep.conduct import Listener, conduct
from maze_nb.sdk.sweep.folder import Plan, SweepFolder, free_folder, last_folder
from maze_nb.sdk.sweep.grid import Grid
from maze_nb.sdk.sweep.lines import Lines
from maze_nb.sdk.sweep.result import Sweep
from maze_nb.sdk.sweep.row import Row
from maze_nb.sdk.sweep.summary import write_summary
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.wire.records import is_plain

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient


@dataclass(frozen=True, slots=True)
class Prepared:
    """A sweep, or what is left of one, that makes sense and of which nothing has run yet.

    Attributes
    ----------
    rows
        The combinations to run.
    count
        How many the whole sweep has.
    """

    folder: SweepFolder
    plan: Plan
    found: NotebookFile
    rows: Sequence[Row]
    count: int


def sweep(
    notebook: str | Path | None = None,
    grid: Mapping[str, Iterable[Any]] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    max_parallel: int | None = None,
    name: str | None = None,
    output: str | Path | None = None,
    failed: bool = False,
    client: MaClient | None = None,
    kernel: str | None = None,
    resources: Mapping[str, float] | None = None,
    **options: Unpack[OptionWords],
) -> Sweep:
    """Run a notebook once for each combination of some parameters, and wait for all.

    Each combination is a run of its own with one task, and has an output notebook. What they
    record with ``maze_nb.record`` stands in a table: here, in ``summary.csv`` and in the notebook
    ``summary.ipynb``. Interrupted, what runs is cancelled, and what has ended stays.

    Parameters
    ----------
    notebook
        The file; it is read once, now.
    grid
        The values of each parameter that differs.
    parameters
        Those that do not.
    max_parallel
        How many may run at once; by default as many as the cluster has cores for.
    name
        What to call it; by default ``NOTEBOOK-sweep``.
    output
        The folder for all files; by default ``out/NAME``, with a number if there is one.
    failed
        Whether to run only those of the sweep in that folder that have not succeeded, with the
        notebook as it is now.
    client
        Where to run it; by default ``MaClient()``.
    kernel
        The kernel to use instead of the one that the notebook names.
    resources, options
        As for ``add_notebook``.

    Returns
    -------
    Sweep
        With ``rows``, ``failed``, ``to_frame()`` and ``plot()``; shown as a table.

    Raises
    ------
    InputError, ResourceError, OptionError
        If the grid or an option makes no sense; nothing has run then.
    WorkflowError
        If the notebook cannot be read, or a sweep is in the folder already or in none.
    ConnectionFailedError
        If the cluster cannot be reached, or is lost.
    """
    if failed:
        if grid or parameters or kernel or resources or options:
            raise InputError(
                "failed=True runs what is left of a sweep as it was begun: leave out the grid, "
                "parameters, kernel, resources and options"
            )
        prepared = prepare_failed(notebook, name=name, output=output)
    else:
        if notebook is None:
            raise InputError("a sweep needs a notebook: sweep('train.ipynb', {'lr': [0.1, 0.01]})")
        prepared = prepare(
            *(notebook, Grid(grid or {}, parameters)),
            name=name,
            output=output,
            kernel=kernel,
            resources=resources,
            options=dict(options),
        )
    return run(prepared, client=client, max_parallel=max_parallel)


def prepare(
    notebook: str | Path,
    grid: Grid,
    *,
    name: str | None = None,
    output: str | Path | None = None,
    kernel: str | None = None,
    resources: Mapping[str, float] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Prepared:
    """Return a new sweep, checked as far as it can be before anything runs."""
    label = name or f"{Path(notebook).stem}-sweep"
    if not label.strip() or "/" in label:
        raise InputError(f"{label!r} cannot be the name of a sweep, as it names its folder too")
    for key, value in (options or {}).items():
        if key == "cache" and value:
            raise OptionError(
                "cache makes no sense for a sweep, whose notebooks are wanted too: leave it out, "
                "and run those that failed again with failed=True"
            )
        if not is_plain(value):
            raise OptionError(
                f"option {key!r} of a sweep must be a number or a text, or a list of them, since "
                f"it is kept to run failed ones again; it is {value!r}"
            )
    plan = Plan(
        str(Path(notebook).expanduser().absolute()),
        label,
        {key: list(values) for key, values in grid.axes.items()},
        dict(grid.fixed),
        kernel or "",
        dict(resources or {}),
        dict(options or {}),
    )
    folder = free_folder(label) if output is None else SweepFolder(output)
    if folder.has_sweep:
        folder.begin(plan)
    rows = [Row(number, parameters) for number, parameters in enumerate(grid, 1)]
    prepared = Prepared(folder, plan, _read(plan, rows[0]), rows, len(rows))
    _try_folder(folder)
    return prepared


def prepare_failed(
    notebook: str | Path | None, *, name: str | None = None, output: str | Path | None = None
) -> Prepared:
    """Return what has not succeeded of the last sweep in a folder."""
    if output is None and name is None and notebook is None:
        raise InputError("say which sweep: give its folder as the output, or its notebook")
    label = name or f"{Path(notebook or '').stem}-sweep"
    folder = last_folder(label) if output is None else SweepFolder(output)
    last = Sweep(folder)
    if notebook is not None and Path(notebook).name != Path(last.plan.notebook).name:
        raise InputError(
            f"the sweep in {folder.path} is of {Path(last.plan.notebook).name}, not of "
            f"{Path(notebook).name}: name the folder of another one"
        )
    rows = [Row(row.number, row.parameters) for row in last.failed]
    found = _read(last.plan, rows[0] if rows else last.rows[0])
    _try_folder(folder)
    return Prepared(folder, last.plan, found, rows, len(last.rows))


def run(
    prepared: Prepared,
    *,
    client: MaClient | None = None,
    max_parallel: int | None = None,
    listening: Callable[[int], Listener] = Lines,
) -> Sweep:
    """Run what was prepared, write the summary, whatever happens, and return what came of it.

    Parameters
    ----------
    listening
        Makes what is told of each combination, given how many there are.

    Raises
    ------
    WorkflowError
        If no notebook could even begin; nothing is left of the sweep then.
    """
    if max_parallel is not None and (isinstance(max_parallel, bool) or max_parallel < 1):
        raise InputError(f"max_parallel is {max_parallel!r}: at least one notebook has to run")
    folder, rows = prepared.folder, prepared.rows
    if rows and client is None:
        client = _client()
    with folder.held():
        is_new = not folder.has_sweep
        if is_new:
            folder.begin(prepared.plan)
        try:
            if client is not None:
                conduct(
                    *(client, folder, prepared.plan, prepared.found, rows),
                    count=prepared.count,
                    max_parallel=max_parallel,
                    listener=listening(len(rows)),
                )
            done = Sweep(folder)
            if is_new and not any(row.has_begun for row in done.rows):
                folder.withdraw()
                raise WorkflowError(
                    f"none of the notebooks of the sweep could begin: {done.rows[0].error}"
                )
        finally:
            if folder.ended():
                write_summary(Sweep(folder))
            elif is_new:
                folder.withdraw()
    return done


def _try_folder(folder: SweepFolder) -> None:
    """Refuse a folder that cannot be written to, or in which a sweep runs, before any does."""
    with folder.held():
        pass


def _client() -> MaClient:
    from maze_nb.sdk.client import MaClient

    return MaClient()


def _read(plan: Plan, row: Row) -> NotebookFile:
    """Read the notebook, and try whether it can be a task with these parameters."""
    slots = int(plan.resources.get("cpu", 1))
    found = read_notebook_file(plan.notebook, kernel=plan.kernel or None, slots=slots)
    refuse_thread(plan.options, f"sweep {plan.name!r}")
    given = {**plan.fixed, **row.parameters}
    function = notebook_task(found, given, (), Path(plan.notebook).stem)
    WorkflowGraph().add_task(function, given, resources=plan.resources or None, **plan.options)
    return found
