"""The commands ``maze-nb runs list``, ``show`` and ``results``."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.known_names import run_argument, task_argument
from maze_nb.cli.listing import json_option, json_text, tell
from maze_nb.cli.runs_export import plain_value
from maze_nb.cli.runs_source import reading, where_options
from maze_nb.model.states import RunStatus
from maze_nb.projection.looks import state_word

if TYPE_CHECKING:
    from maze_nb.model.rows import OutputRow
    from maze_nb.projection.run_view import RunView
    from maze_nb.sdk.run import Run
    from maze_nb.wire.submission import RunSummary

_LISTED = 20


@click.command("list", short_help="List runs, the newest first.")
@click.option("--all", "is_all", is_flag=True, help=f"Not only the newest {_LISTED}.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="How many, at most.")
@click.option(
    "--status",
    "statuses",
    type=click.Choice([status.value for status in RunStatus]),
    multiple=True,
    help="Only these; can be given many times.",
)
@json_option
@where_options
@click.pass_context
def list_runs(
    context: click.Context,
    /,
    is_all: bool,
    limit: int | None,
    statuses: tuple[str, ...],
    as_json: bool,
    **_: object,
) -> None:
    """List runs, the newest first: how they went, what they took, where they were started."""
    if is_all and limit is not None:
        raise click.UsageError("give --all or --limit, not both", context)
    import msgspec

    from maze_nb.projection.runs_text import runs_text

    with reading(context) as source:
        found = [run for run in source.runs() if not statuses or run.status in statuses]
    shown = found if is_all else found[: limit or _LISTED]
    told = [msgspec.to_builtins(run) for run in shown]
    tell(told, lambda: runs_text(told, time.time()), as_json=as_json)
    if len(found) > len(shown) and limit is None and not as_json:
        click.echo(f"… and {len(found) - len(shown):,} older ones, with --all")


@click.command(short_help="Show one run and its tasks.")
@run_argument("run_id")
@click.option("--all", "is_all", is_flag=True, help="All tasks, however many there are.")
@json_option
@where_options
@click.pass_context
def show(context: click.Context, /, run_id: str, is_all: bool, as_json: bool, **_: object) -> None:
    """Show how a run stands or ended: its tasks, and what those said that failed."""
    from maze_nb.projection.run_view import view_of

    with reading(context) as source:
        summary, run = source.find(run_id), source.open(run_id)
        view = view_of(run.log.read(), is_interrupted=run.log.is_interrupted)
    if as_json:
        click.echo(json_text(_as_data(summary, view)))
    elif sys.stdout.isatty() and not is_all:
        _print_page(summary, view)
    else:
        click.echo(_page(summary, view, is_all=is_all))


@click.command(short_help="Show what the tasks of a run made, or write it to a file.")
@run_argument("run_id")
@task_argument
@click.argument("name", required=False)
@click.option(
    *("-o", "--output"),
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the value there, by the ending as a pickle (.pkl) or as JSON (.json).",
)
@json_option
@where_options
@click.pass_context
def results(
    context: click.Context,
    /,
    run_id: str,
    task: str | None,
    name: str | None,
    output: Path | None,
    as_json: bool,
    **_: object,
) -> None:
    """List the outputs of a run, of one TASK of it, or only the one called NAME.

    With --output the value of NAME is written to a file; without NAME that of the only output of
    TASK, or all of its outputs as a dictionary. TASK is the name or the id of a task.
    """
    from maze_nb.projection.output_fold import output_rows, rows_in_items
    from maze_nb.projection.runs_text import results_text

    if output is not None and task is None:
        raise click.UsageError("say of which TASK the outputs are to be written", context)
    if output is not None and as_json:
        raise click.UsageError("give --output or --json, not both", context)
    with reading(context) as source:
        run = source.open(run_id)
        finished = _finished(run, task)
        if output is not None:
            write_value(output, _chosen(finished[0], name), name or str(task))
            click.echo(str(output))
            return
        if name is not None:
            _chosen(finished[0], name)
        maps = {
            message["data"]["task_id"]
            for message in run.log.read()
            if message["type"] == "task_expanded"
        }
        rows = [
            (data, row)
            for data in finished
            for row in (
                rows_in_items(output_rows(data)) if data["task_id"] in maps else output_rows(data)
            )
        ]
    chosen = [(data, row) for data, row in rows if name in (None, row["name"])]
    tell(
        [_output_data(data, row) for data, row in chosen] if as_json else None,
        lambda: results_text([(data["task_name"], row) for data, row in chosen]),
        as_json=as_json,
    )


def write_value(file: Path, value: Any, what: str) -> None:
    """Write a value to a file in the way that its ending says.

    Parameters
    ----------
    what
        Names the value in errors.

    Raises
    ------
    MazeError
        If the ending is neither ``.pkl`` nor ``.json``, or the value cannot be written so.
    """
    import cloudpickle

    from maze_nb.errors import MazeError

    kind = file.suffix.lower()
    if kind not in (".json", ".pkl"):
        raise MazeError(f"{file} ends in {kind!r}: write a .pkl or a .json file")
    try:
        if kind == ".json":
            data = json.dumps(value, indent=2, allow_nan=False).encode()
        else:
            data = cloudpickle.dumps(value)
    except Exception as error:  # what values raise in being pickled is their own affair
        if kind == ".pkl":
            raise MazeError(f"{what!r} cannot be pickled: {error}") from error
        told = f"{what!r} cannot be written as JSON ({error}): use a .pkl file"
        raise MazeError(told) from error
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    except OSError as error:
        raise MazeError(f"{file} cannot be written: {error.strerror}") from error


def _finished(run: Run, task: str | None) -> list[dict[str, Any]]:
    """Return what is told of the tasks that have finished: of all, or of one, which has to."""
    from maze_nb.errors import MazeError
    from maze_nb.projection.run_view import view_of
    from maze_nb.sdk.run_index import RunIndex

    index = RunIndex(run.log)
    index.refresh()
    final = {
        task_id: message["data"]
        for task_id, message in index.final.items()
        if message["type"] == "finish_task"
    }
    if task is None:
        return list(final.values())
    task_id = index.task_id_of(task)
    if task_id not in final:
        view = view_of(run.log.read(), is_interrupted=run.log.is_interrupted)
        state = state_word(view.snapshot(every_item=True)["tasks"][task_id]["state"])
        raise MazeError(f"task {task!r} of run {run.run_id} has no results: it is {state}")
    return [final[task_id]]


def _chosen(data: dict[str, Any], name: str | None) -> Any:
    """Return the output of this name; without one the only output, or all as a dictionary."""
    from maze_nb.errors import MazeError, nearest

    made = data["result"]
    if name is None:
        return next(iter(made.values())) if len(made) == 1 else dict(made)
    if name not in made:
        raise MazeError(f"task {data['task_name']!r} made no {name!r}: {nearest(name, made)}")
    return made[name]


def _output_data(data: dict[str, Any], row: OutputRow) -> dict[str, Any]:
    """Return an output for JSON, with its value where that is small and plain."""
    told = {"run_id": data["run_id"], "task_id": data["task_id"], "task": data["task_name"], **row}
    for output in data["outputs"]:
        if output["name"] == row["name"]:
            told |= plain_value(data["result"], output)
    return told


def _as_data(summary: RunSummary, view: RunView) -> dict[str, Any]:
    import msgspec

    from maze_nb.projection.graph_shape import shape_of

    shape, snapshot = shape_of(view.graph or {}), view.snapshot(messages=0, every_item=True)
    told: dict[str, Any] = msgspec.to_builtins(summary)
    tasks = [
        {"task_id": task_id, "name": shape.name_of(task_id), **row}
        for task_id, row in snapshot["tasks"].items()
    ]
    return {**told, **snapshot["run"], "messages": snapshot["last_seq"], "tasks": tasks}


def _print_page(summary: RunSummary, view: RunView) -> None:
    from maze_nb.widgets.terminal_run import print_run

    print_run(view.graph, view.snapshot(messages=0))
    click.echo(f"\n{chr(10).join(_about(summary))}")


def _page(summary: RunSummary, view: RunView, *, is_all: bool) -> str:
    from maze_nb.projection.run_text import run_text
    from maze_nb.projection.runs_text import TASKS_SHOWN, tasks_text

    snapshot = view.snapshot(messages=0, every_item=is_all)
    about = _about(summary)
    # What can be done stands last.
    rest = about.pop() if summary.status == RunStatus.INTERRUPTED else ""
    tasks = tasks_text(view.graph, snapshot, None if is_all else TASKS_SHOWN)
    lines = [run_text(view.graph, snapshot), *about, "", tasks, *(["", rest] if rest else [])]
    return "\n".join(lines)


def _about(summary: RunSummary) -> list[str]:
    from maze_nb.projection.runs_text import ago_text, date_text

    ago = ago_text(time.time() - summary.started)
    lines = [f"run      {summary.run_id}", f"started  {date_text(summary.started)}, {ago}"]
    if summary.origin:
        lines.append(f"from     {summary.origin}")
    if summary.status == RunStatus.INTERRUPTED:
        lines.append(f"to go on with it: maze-nb runs resume {summary.run_id}")
    return lines
