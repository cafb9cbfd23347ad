"""The options of ``maze-nb run``; those that papermill has are called as there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from maze_nb.cli.known_names import files, kernels

_FILE = click.Path(dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)

_PARAMETERS = (
    click.option(
        *("-p", "--parameter", "--parameters", "pairs"),
        type=(str, str),
        multiple=True,
        metavar="NAME VALUE",
        help="Set a parameter of the notebook; can be given many times.",
    ),
    click.option(
        *("-r", "--parameters-raw", "--parameters_raw", "raw"),
        type=(str, str),
        multiple=True,
        metavar="NAME TEXT",
        help="Set a parameter to a text, whatever it looks like.",
    ),
    click.option(
        *("-f", "--parameters-file", "--parameters_file", "files"),
        multiple=True,
        metavar="FILE",
        shell_complete=files,
        help="Set parameters from a YAML file or URL; -y, -p and -r win over it.",
    ),
    click.option(
        *("-y", "--parameters-yaml", "--parameters_yaml", "yaml"),
        multiple=True,
        metavar="YAML",
        help="Set parameters from YAML, as in -y 'layers: [64, 10]'.",
    ),
    click.option(
        *("-b", "--parameters-base64", "--parameters_base64", "encoded"),
        multiple=True,
        metavar="TEXT",
        help="Set parameters from YAML that is encoded as base64.",
    ),
    click.option(
        "--inject-input-path",
        is_flag=True,
        help="Set the parameter PAPERMILL_INPUT_PATH to NOTEBOOK, as a full path.",
    ),
    click.option(
        "--inject-output-path",
        is_flag=True,
        help="Set the parameter PAPERMILL_OUTPUT_PATH to OUTPUT, as a full path.",
    ),
    click.option("--inject-paths", is_flag=True, help="Both of these."),
    click.option(
        *("--help-notebook", "is_help"),
        is_flag=True,
        help="List the parameters of NOTEBOOK with their types, and run nothing.",
    ),
)
_EXECUTION = (
    click.option(
        *("--resume", "resumed"),
        metavar="OUTPUT",
        shell_complete=files,
        help="Go on with what OUTPUT was made by; NOTEBOOK is OUTPUT itself unless it is given.",
    ),
    click.option(
        *("--no-cache", "is_anew"),
        is_flag=True,
        help="Compute everything anew: take nothing from the result cache of earlier runs.",
    ),
    click.option(
        "--report", type=_FILE, metavar="FILE", help="Write the executed notebook as HTML too."
    ),
    click.option(
        *("-k", "--kernel"),
        metavar="NAME",
        shell_complete=kernels,
        help="The kernel to use instead of the notebook's own.",
    ),
    click.option(
        *("-l", "--language"), metavar="NAME", help="The language of the notebook, if not its own."
    ),
    click.option(
        "--cwd",
        type=_FOLDER,
        metavar="FOLDER",
        help="Where the notebook runs; by default the folder that it is in.",
    ),
    click.option(
        *("--prepare-only/--prepare-execute", "is_only_prepared"),
        help="Write the notebook with its parameters to OUTPUT, and do not run it.",
    ),
    click.option(
        "--start-timeout",
        type=click.IntRange(min=1),
        metavar="SECONDS",
        help="How long the kernel may take to start.",
    ),
    click.option(
        "--execution-timeout",
        type=click.IntRange(min=1),
        metavar="SECONDS",
        help="How long each cell may take.",
    ),
    click.option(
        "--autosave-cell-every",
        type=click.IntRange(min=0),
        metavar="SECONDS",
        help="How often OUTPUT is written while a cell runs; 0: only after it.",
    ),
    click.option(
        "--report-mode/--no-report-mode",
        default=None,
        help="Hide the source of the cells in OUTPUT.",
    ),
)


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of ``maze-nb run``."""
    for option in reversed((*_PARAMETERS, *_EXECUTION)):
        command = option(command)
    return command
