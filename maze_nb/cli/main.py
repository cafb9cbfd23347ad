"""The command ``maze-nb``, which is ``dask maze`` too."""

from __future__ import annotations

import click

from maze_nb.cli.cache import cache
from maze_nb.cli.demo import demo
from maze_nb.cli.down import down
from maze_nb.cli.nodes import nodes
from maze_nb.cli.run import run
from maze_nb.cli.run_scheduler import scheduler
from maze_nb.cli.runs import runs
from maze_nb.cli.up import up
from maze_nb.cli.worker import worker
from maze_nb.version import __version__


@click.group(name="maze", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="maze-nb")
def main() -> None:
    """Run notebooks as distributed workflows on Dask."""


main.add_command(run)
main.add_command(runs)
main.add_command(demo)
main.add_command(up)
main.add_command(down)
main.add_command(scheduler)
main.add_command(worker)
main.add_command(nodes)
main.add_command(cache)
