"""The command ``maze-nb run``: one notebook, headless."""

from __future__ import annotations

from pathlib import Path

import click

_FILE = click.Path(dir_okay=False, path_type=Path)
_PRESENT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_PRESENT_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(short_help="Run a notebook headless.")
@click.argument("notebook", type=_PRESENT_FILE)
@click.argument("output", type=_FILE, required=False)
@click.option(
    *("-p", "--parameter", "pairs"),
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Set a parameter of the notebook; can be given many times.",
)
@click.option(
    *("-f", "--parameters-file", "files"),
    type=_PRESENT_FILE,
    multiple=True,
    metavar="FILE",
    help="Set parameters from a YAML file; -p wins over it.",
)
@click.option(
    "--report", type=_FILE, metavar="FILE", help="Write the executed notebook as HTML too."
)
@click.option("--kernel", metavar="NAME", help="The kernel to use instead of the notebook's own.")
@click.option(
    "--cwd",
    type=_PRESENT_FOLDER,
    metavar="FOLDER",
    help="Where the notebook runs; by default the folder that it is in.",
)
@click.pass_context
def run(
    context: click.Context,
    notebook: Path,
    output: Path | None,
    pairs: tuple[tuple[str, str], ...],
    files: tuple[Path, ...],
    report: Path | None,
    kernel: str | None,
    cwd: Path | None,
) -> None:
    """Run NOTEBOOK and write the executed copy to OUTPUT (by default under out/).

    Exits with 0 if every cell and every task succeeded, with 1 if one did not, with 2 if the
    command was wrong, with 130 if interrupted. OUTPUT is written in every case but the third.
    Cells tagged "summary" have their output printed at the end.
    """
    from maze_nb.batch.execute import Job
    from maze_nb.batch.parameters import read_parameters
    from maze_nb.batch.terminal import run_in_terminal
    from maze_nb.errors import MazeError

    try:
        job = Job(
            notebook=notebook,
            output=output or Path("out") / notebook.name,
            parameters=read_parameters(files, pairs),
            kernel=kernel,
            folder=cwd,
        )
        code = run_in_terminal(job, report)
    except MazeError as error:
        raise click.UsageError(str(error), context) from error
    context.exit(code)
