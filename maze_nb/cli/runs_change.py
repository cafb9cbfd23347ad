"""The commands that change runs: ``maze-nb runs cancel``, ``resume``, ``rerun``, ``delete``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maze_nb.cli.known_names import run_argument, task_argument, task_option
from maze_nb.cli.runs_source import acting, reading, where_options

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run
    from maze_nb.wire.submission import RunSummary

_watch_option = click.option("--watch", is_flag=True, help="Follow it until it ends.")


@click.command(short_help="Cancel a run, or one task of it.")
@run_argument("run_id")
@task_argument
@where_options
@click.pass_context
def cancel(context: click.Context, /, run_id: str, task: str | None, **_: object) -> None:
    """Cancel what has not ended of a run, or only one TASK, given by its name or id."""
    from maze_nb.errors import MazeError
    from maze_nb.model.states import RunStatus

    with acting(context) as source:
        found = source.find(run_id)
        if found.finished is not None:
            raise MazeError(f"run {found.run_id} has ended ({found.status}) already")
        if found.status == RunStatus.RUNNING and not found.is_here:
            raise MazeError(f"run {found.run_id} goes on in another scheduler: cancel it there")
        source.client.get_run(found.run_id).cancel(task)
    what = f"run {found.run_id}" if task is None else f"task {task} of run {found.run_id}"
    click.echo(f"{what} is being cancelled")


@click.command(short_help="Go on with a run whose scheduler was lost.")
@run_argument("run_id")
@_watch_option
@where_options
@click.pass_context
def resume(context: click.Context, /, run_id: str, watch: bool, **_: object) -> None:
    """Take up an interrupted run: only what has no stored result is computed.

    With --watch the exit code is that of `maze-nb runs watch`.
    """
    with acting(context) as source:
        run = source.client.resume(source.find(run_id).run_id)
        click.echo(f"run {run.run_id} goes on")
        code = _watched(run, watch)
    context.exit(code)


@click.command(short_help="Run the same workflow again, or what failed of it.")
@run_argument("run_id")
@click.option("--failed-only", is_flag=True, help="Compute only what has no stored result.")
@task_option(
    "--from",
    "from_task",
    metavar="TASK",
    help="Compute this task and all that depends on it; keep the other results.",
)
@_watch_option
@where_options
@click.pass_context
def rerun(
    context: click.Context,
    /,
    run_id: str,
    failed_only: bool,
    from_task: str | None,
    watch: bool,
    **_: object,
) -> None:
    """Run the workflow of a run again, as it was then, in a new run whose id is printed.

    With --watch the exit code is that of `maze-nb runs watch`.
    """
    with acting(context) as source:
        old = source.open(run_id)
        run = old.rerun(failed_only=failed_only, from_task=from_task)
        click.echo(run.run_id)
        code = _watched(run, watch)
    context.exit(code)


@click.command(short_help="Drop a run with its messages and results.")
@run_argument("run_id")
@where_options
@click.pass_context
def delete(context: click.Context, /, run_id: str, **_: object) -> None:
    """Drop all that is kept of a run that has ended or is interrupted."""
    from maze_nb.cli.runs_prune import drop_here
    from maze_nb.errors import MazeError
    from maze_nb.model.states import RunStatus

    with reading(context) as source:
        found = source.find(run_id)
        is_over = RunStatus(found.status).is_final
        if source.is_connected and not is_over:
            raise MazeError(f"run {found.run_id} goes on: cancel it first")
        if source.is_connected:
            source.client.forget(found.run_id)
        else:
            drop_here(found.run_id)
    click.echo(_dropped_text(found))


def _dropped_text(run: RunSummary) -> str:
    return f"run {run.run_id} ({run.workflow_name}, {run.status}) is no more"


def _watched(run: Run, is_wanted: bool) -> int:
    from maze_nb.cli.runs_watch import watch_run

    return watch_run(run) if is_wanted else 0
