"""The command ``maze-nb demo``: the quickstart notebook, headless."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Run the quickstart notebook headless.")
@click.option(
    *("--out", "folder"),
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("out"),
    show_default=True,
    help="Where the executed notebook and the report go.",
)
@click.pass_context
def demo(context: click.Context, folder: Path) -> None:
    """Run the quickstart notebook on an embedded cluster and say where to look."""
    from maze_nb.batch.execute import Job
    from maze_nb.batch.quickstart import NAME, quickstart
    from maze_nb.batch.terminal import run_in_terminal
    from maze_nb.errors import MazeError

    try:
        with quickstart() as notebook:
            job = Job(notebook=notebook, output=folder / f"{NAME}.ipynb")
            code = run_in_terminal(job, folder / f"{NAME}.html")
    except MazeError as error:
        raise click.ClickException(str(error)) from error
    context.exit(code)
