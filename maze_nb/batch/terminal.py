"""A notebook run from a terminal: progress while it runs, and the outcome printed after."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from maze_nb.batch.execute import Outcome, execute
from maze_nb.batch.html_report import write_html
from maze_nb.batch.job import Job
from maze_nb.batch.place import Place, filled_in, name_of, refuse_unwritable, resolved
from maze_nb.batch.progress import progress_for
from maze_nb.batch.summary import print_outcome, print_summary_cells
from maze_nb.projection.humane import duration_text


def run_in_terminal(job: Job, report: Path | None = None) -> int:
    """Execute a notebook, print what came of it, and return the exit code for it.

    Parameters
    ----------
    report
        Where to write the executed notebook as HTML, if anywhere.
    """
    if report is not None:
        refuse_unwritable(report, "the report")
    name = name_of(job.notebook)
    # Colour may be asked for where no bar can be drawn, as kernels do.
    console = Console(stderr=True, force_terminal=sys.stderr.isatty())
    with progress_for(console, name) as progress:
        outcome = execute(job, progress)
    console = Console()
    output = filled_in(job.output, job.parameters)
    if not outcome.has_begun:
        console.print("Interrupted before its first cell: nothing was written.")
        return outcome.exit_code
    written: list[Place] = [output]
    if not job.is_only_prepared:
        _print_what_came(console, outcome, output)
    if report is not None:
        write_html(resolved(output), report)
        written.append(report)
    console.print(f"{name}: {duration_text(outcome.seconds)}", highlight=False)
    for path in written:
        console.print(f"  {path}", highlight=False, soft_wrap=True, markup=False)
    return outcome.exit_code


def _print_what_came(console: Console, outcome: Outcome, output: str) -> None:
    if outcome.is_nothing:
        console.print("All of it has run, and succeeded: there is nothing to resume.")
        return
    print_summary_cells(console, resolved(output))
    print_outcome(console, outcome, output)
