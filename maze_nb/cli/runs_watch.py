"""The command ``maze-nb runs watch``: a run in the terminal, until it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from maze_nb.cli.known_names import run_argument
from maze_nb.cli.runs_source import reading, where_options

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from maze_nb.projection.graph_shape import GraphShape
    from maze_nb.projection.run_view import RunView
    from maze_nb.sdk.run import Run

INTERRUPTED = 3
"""The exit code for a run that has not ended but does not go on, or cannot be followed."""
STOPPED = 130
_FRAME = 0.25
_MARGIN = 6
_ENDED = ("succeeded", "failed", "skipped", "cancelled")


@click.command(short_help="Follow a run until it ends.")
@run_argument("run_id")
@where_options
@click.pass_context
def watch(context: click.Context, /, run_id: str, **_: object) -> None:
    """Show a run as a table that keeps up with it, or as lines where there is no terminal.

    Exits with 0 if the run succeeded, with 1 if it failed or was cancelled, with 3 if it is
    interrupted or cannot be followed any more. Ctrl-C stops to watch, with 130: the run goes on.
    """
    with reading(context) as source:
        code = watch_run(source.open(run_id))
    context.exit(code)


def watch_run(run: Run) -> int:
    """Show a run until it ends, and return the exit code for how it did."""
    from rich.console import Console

    from maze_nb.errors import ConnectionFailedError
    from maze_nb.model.states import RunStatus
    from maze_nb.projection.run_text import run_text
    from maze_nb.projection.run_view import RunView

    console = Console()
    view = RunView()
    try:
        if console.is_terminal:
            _show_table(run, view, console)
        else:
            _show_lines(run, view)
    except KeyboardInterrupt:
        click.echo(
            f"stopped watching; run {run.run_id} goes on: "
            f"maze-nb runs watch {run.run_id} follows it again",
            err=True,
        )
        return STOPPED
    except ConnectionFailedError as error:
        view.is_interrupted = run.log.is_interrupted
        click.echo(str(error), err=True)
    if console.is_terminal:
        click.echo(run_text(view.graph, view.snapshot(messages=0)))
    if not run.is_finished:
        return INTERRUPTED
    return 0 if run.status == RunStatus.SUCCEEDED else 1


def _show_lines(run: Run, view: RunView) -> None:
    from maze_nb.projection.progress_text import ProgressLines
    from maze_nb.projection.runs_text import log_lines, traceback_lines
    from maze_nb.projection.said_above import SaidAbove

    folding, said = ProgressLines(), SaidAbove()
    for message in run.log.follow():
        view.fold(message)
        trace = (f"    {line}" for line in traceback_lines(said.shortened(message)))
        for line in [*log_lines(message, folding), *trace]:
            click.echo(line)


def _show_table(run: Run, view: RunView, console: Console) -> None:
    import time

    from rich.live import Live

    from maze_nb.projection.graph_shape import shape_of

    seen = 0
    shape = shape_of({})
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while not (run.log.is_complete and seen == run.log.last_seq):
            news = run.log.wait(seen, _FRAME)
            view.fold_all(news)
            seen += len(news)
            if not shape.tasks:
                shape = shape_of(view.graph or {})
            live.update(_picture(shape, view, console.height), refresh=True)
            # However much there is to say, most of the time is left for what is said.
            time.sleep(_FRAME)


def _picture(shape: GraphShape, view: RunView, height: int) -> RenderableType:
    """Return a run as a headline, a bar and a table of so many lines in all at most."""
    import time

    from rich.console import Group
    from rich.padding import Padding
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    from maze_nb.projection.looks import run_look, task_look
    from maze_nb.projection.run_text import headline
    from maze_nb.projection.runs_text import TASK_HEADINGS, task_lines

    snapshot = view.snapshot(messages=0)
    run = snapshot["run"]
    look = run_look(run["status"])
    head = Text.assemble((look.glyph, look.colour), f" {' · '.join(headline(shape.name, run))}")
    ended = sum(run["counts"].get(state, 0) for state in _ENDED)
    total = sum(run["counts"].values())
    # The padding ends the line, which a bar by itself does not.
    bar = Padding(ProgressBar(total=max(total, 1), completed=ended), 0)
    lines = task_lines(shape, snapshot, most=max(height - _MARGIN, 1), now=time.time())
    table = Table(*TASK_HEADINGS, box=None, pad_edge=False)
    for line in lines:
        name, state, *rest = line.cells
        colour = task_look(line.state).colour
        table.add_row(Text(name), Text(state, style=colour), *map(Text, rest))
    more = total - len(lines)
    return Group(head, bar, table, *([Text(f"… and {more:,} more")] if more > 0 else []))
