"""The command ``maze-nb run``: one notebook, headless."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from maze_nb.cli.known_names import files
from maze_nb.cli.run_options import run_options


@click.command(short_help="Run a notebook headless.")
@click.argument("notebook", required=False, shell_complete=files)
@click.argument("output", required=False, shell_complete=files)
@run_options
@click.pass_context
def run(context: click.Context, /, **given: Any) -> None:
    """Run NOTEBOOK and write the executed copy to OUTPUT (by default under out/).

    Both are paths, or URLs such as https://… and s3://…; the names of parameters in braces stand
    for their values, as in out/{alpha}.ipynb.

    Exits with 0 if every cell and every task succeeded, with 1 if one did not, with 2 if the
    command was wrong, with 130 if interrupted, which cancels the runs. OUTPUT is written in every
    case but the third. Cells tagged "summary" have their output printed at the end.

    What was interrupted, killed or has failed is gone on with by --resume OUTPUT: cells are run
    again, and what tasks have computed is not.

    Task cells that are as they were in an earlier run, and functions with cache=True, come from the
    result cache: --no-cache computes all of it anew.
    """
    from maze_nb.batch.terminal import run_in_terminal
    from maze_nb.errors import MazeError

    try:
        job = _job(context, given)
        if given["is_help"]:
            context.exit(_print_parameters(context, job))
        code = run_in_terminal(job, given["report"])
    except MazeError as error:
        raise click.UsageError(str(error)) from error
    context.exit(code)


def _job(context: click.Context, given: dict[str, Any]) -> Any:
    from maze_nb.batch.job import Job
    from maze_nb.batch.parameters import read_parameters
    from maze_nb.batch.place import name_of

    notebook, output = _places(context, given)
    parameters = read_parameters(
        given["files"],
        given["pairs"],
        encoded=given["encoded"],
        yaml=given["yaml"],
        raw=given["raw"],
    )
    injected = [
        name
        for name in ("input", "output")
        if given["inject_paths"] or given[f"inject_{name}_path"]
    ]
    return Job(
        notebook=notebook,
        output=output or str(Path("out") / name_of(notebook)),
        parameters=parameters.values,
        texts=parameters.texts,
        injected=tuple(injected),
        kernel=given["kernel"],
        language=given["language"],
        folder=given["cwd"],
        is_resumed=given["resumed"] is not None,
        is_only_prepared=given["is_only_prepared"],
        is_anew=given["is_anew"],
        options={
            name: given[name]
            for name in ("start_timeout", "execution_timeout", "report_mode", "autosave_cell_every")
        },
    )


def _places(context: click.Context, given: dict[str, Any]) -> tuple[str, str | None]:
    """Return where the notebook is, and where its output goes."""
    notebook, output, resumed = given["notebook"], given["output"], given["resumed"]
    if resumed is None and notebook is None:
        raise click.UsageError("Missing argument 'NOTEBOOK': name the notebook to run", context)
    if resumed is not None and output is not None:
        raise click.UsageError(f"--resume {resumed} names the output already: leave {output} out")
    for place in (notebook, resumed):
        if place is not None and "://" not in place and "{" not in place:
            _refuse_missing(place, is_resumed=place == resumed)
    return notebook or resumed, output or resumed


def _refuse_missing(place: str, *, is_resumed: bool) -> None:
    if Path(place).is_dir():
        raise click.UsageError(f"{place} is a folder, and no notebook")
    if Path(place).exists():
        return
    if is_resumed:
        raise click.UsageError(
            f"there is no {place} to resume: what was to write it ended before its first cell, or "
            "wrote elsewhere; run the notebook without --resume"
        )
    raise click.UsageError(f"the notebook {place} does not exist: check the path")


def _print_parameters(context: click.Context, job: Any) -> int:
    """Print the parameters of a notebook; return 1 if it has none, as papermill does."""
    from maze_nb.batch.job import listed_parameters

    known = listed_parameters(job)
    click.echo(context.get_usage())
    if known is None:
        click.echo(f"\n{job.notebook} has no cell tagged 'parameters'.")
        return 1
    click.echo(f"\nParameters of {job.notebook}:")
    if not known:
        click.echo("\n  None can be read from its cell tagged 'parameters'.")
        return 0
    words = {each.name: f"{each.name}: {each.expected}" for each in known.values()}
    width = max(map(len, words.values()))
    for each in known.values():
        line = f"  {words[each.name]:<{width}}  default {each.default}"
        click.echo(f"{line}  {each.help}" if each.help else line)
    return 0
