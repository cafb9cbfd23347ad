"""The command ``maze-nb submit``: run a workflow that is written as a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.failures import EXIT_INTERRUPTED
from maze_nb.cli.listing import json_option, json_text
from maze_nb.cli.runs_source import where_options
from maze_nb.cli.scheduler import ask_scheduler, find_address
from maze_nb.cli.workflow_parameters import given_parameters, parameter_options, workflow_argument

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run

_HOW = "--address tcp://host:8786"
_CANCEL_SECONDS = 20.0


@click.command(short_help="Run a workflow that is written as a file.")
@workflow_argument
@parameter_options
@where_options
@click.option(
    "--wait/--detach",
    "is_waiting",
    default=True,
    help="Follow the run until it ends (the default), or leave it to the cluster.",
)
@click.option("--fail-fast", is_flag=True, help="Cancel all that is left at the first failure.")
@json_option
@click.pass_context
def submit(
    context: click.Context,
    /,
    file: Path,
    pairs: tuple[tuple[str, str], ...],
    files: tuple[str, ...],
    is_waiting: bool,
    fail_fast: bool,
    as_json: bool,
    **_: object,
) -> None:
    """Run the workflow in FILE, YAML or JSON: print the id of the run, and follow it to its end.

    It runs on the scheduler that is named, else on the cluster that `maze-nb up` keeps, else on
    one that is started for it and ends with it.

    Exits with 0 if every task succeeded, with 1 if one did not, with 2 if the command or the file
    was wrong (`maze-nb validate` says so without running anything), with 130 if interrupted: then
    the run goes on, unless its cluster ends with this command. With --json the one thing printed
    is an object with what came of it, by the names of the tasks.
    """
    from maze_nb.errors import WorkflowFileError
    from maze_nb.sdk.workflow_file.load import check_file, load_into

    try:
        given = given_parameters(files, pairs)
        address, is_ours = _where(context)
        if is_ours and not is_waiting:
            raise click.UsageError(
                f"--detach takes a cluster that outlives this command: `maze-nb up` starts one, "
                f"or give {_HOW}",
                context,
            )
        if is_ours:
            # Nothing is started for a file that is wrong.
            _refuse_wrong(file, given, check_file)
        with _client(address) as client:
            workflow = client.create_workflow()
            names = load_into(workflow, file, given)
            run = client.get_run(workflow.run(fail_fast=fail_fast))
            code = _follow(run, names if as_json else None, is_waiting, is_ours)
    except WorkflowFileError as error:
        click.echo(str(error), err=True)
        context.exit(2)
    context.exit(code)


def _refuse_wrong(file: Path, given: dict[str, Any], check_file: Any) -> None:
    from maze_nb.errors import WorkflowFileError

    found = check_file(file, given)
    if found.problems:
        lines = "\n".join(each.text(str(file)) for each in found.problems)
        raise WorkflowFileError(lines, found.problems)


def _where(context: click.Context) -> tuple[str | None, bool]:
    """Return the address of the scheduler that is named, and whether one is started for this."""
    import dask.config

    from maze_nb import config
    from maze_nb.deploy.kept import find_kept

    address, file = context.params["address"], context.params["scheduler_file"]
    if not (address or file or dask.config.get("scheduler-address", None)):
        return None, find_kept() is None
    found = find_address(context, address, file, how=_HOW)
    ask_scheduler(found, config.connect_timeout())
    return found, False


def _client(address: str | None) -> MaClient:
    from maze_nb.sdk.client import MaClient

    return MaClient(address)


def _follow(run: Run, names: Mapping[str, str] | None, is_waiting: bool, is_ours: bool) -> int:
    """Tell of a run until it ends, or only its id; return the exit code.

    Parameters
    ----------
    names
        The ids of the tasks by what the file calls them, if all is to be told as JSON.
    """
    if not is_waiting:
        click.echo(run.run_id if names is None else json_text({"run_id": run.run_id}))
        return 0
    if names is not None:
        return _tell_json(run, names, is_ours)
    from maze_nb.cli.runs_watch import STOPPED, watch_run

    click.echo(run.run_id)
    code = watch_run(run)
    if code == STOPPED and is_ours:
        _cancel(run)
    return code


def _tell_json(run: Run, names: Mapping[str, str], is_ours: bool) -> int:
    try:
        run.wait()
    except KeyboardInterrupt:
        if is_ours:
            _cancel(run)
        else:
            click.echo(f"run {run.run_id} goes on", err=True)
        return EXIT_INTERRUPTED
    from maze_nb.cli.submit_outcome import outcome_of
    from maze_nb.model.states import RunStatus

    click.echo(json_text(outcome_of(run, names)))
    return 0 if run.status == RunStatus.SUCCEEDED else 1


def _cancel(run: Run) -> None:
    """Cancel a run whose cluster ends with this command."""
    click.echo(f"run {run.run_id} is cancelled, as its cluster ends with this command", err=True)
    run.cancel()
    run.wait(_CANCEL_SECONDS)
