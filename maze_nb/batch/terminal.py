"""A notebook run from a terminal: progress while it runs, and the outcome printed after."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from maze_nb.batch.execute import Job, execute
from maze_nb.batch.html_report import write_html
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
    with progress_for(Console(stderr=True), job.notebook.name) as progress:
        outcome = execute(job, progress)
    console = Console()
    print_summary_cells(console, job.output)
    print_outcome(console, outcome)
    written = [job.output]
    if report is not None:
        write_html(job.output, report)
        written.append(report)
    console.print(f"{job.notebook.name}: {duration_text(outcome.seconds)}", highlight=False)
    for path in written:
        console.print(f"  {path}", highlight=False, soft_wrap=True)
    return outcome.exit_code
