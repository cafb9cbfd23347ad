"""Commands of ``maze-nb`` typed in the process of a test: that spares starting one for each."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import click
from click.testing import CliRunner

from maze_nb.cli.main import main

ROOT = Path(__file__).parents[1]


class Typed(NamedTuple):
    """What came of a command: its exit code, and what it wrote."""

    code: int
    output: str
    errors: str


def typed(
    *words: str,
    folder: Path,
    environment: Mapping[str, str | None] | None = None,
    program: click.Command = main,
) -> Typed:
    """Run a command from a folder as if it was typed there.

    Parameters
    ----------
    environment
        What it has in its environment beside ours; None takes a variable away.
    program
        Another one that is made with click.
    """
    name = "maze-nb" if program is main else program.name
    with contextlib.chdir(folder), _no_module_stays():
        done = CliRunner().invoke(program, words, env=environment, prog_name=name)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Typed(done.exit_code, done.stdout, done.stderr)


@contextlib.contextmanager
def _no_module_stays() -> Iterator[None]:
    """Forget the modules of users, as tests have others by the same names, and where they lie."""
    known, path = set(sys.modules), [*sys.path]
    try:
        yield
    finally:
        for name in set(sys.modules) - known:
            file = getattr(sys.modules[name], "__file__", None)
            if file and not file.startswith((sys.prefix, sys.base_prefix, str(ROOT))):
                del sys.modules[name]
        sys.path[:] = path
        importlib.invalidate_caches()
