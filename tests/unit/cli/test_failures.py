"""What is said when a command goes wrong: one line, an exit code, and a traceback if wanted."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from maze_nb.cli import main as program
from maze_nb.cli.command_table import CommandTable, Row
from maze_nb.cli.failures import plain_failures
from maze_nb.errors import ConnectionFailedError, StoreError

COMMAND = Path(sys.executable).parent / "maze-nb"


def os_error(number: int, path: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), path)


def caused() -> click.ClickException:
    error = click.ClickException("the store is broken")
    error.__cause__ = StoreError("deep down")
    return error


CASES = [
    (StoreError("the store: mend it"), 1, "Error: the store: mend it"),
    (ConnectionFailedError("nobody"), 1, "Error: nobody"),
    (os_error(errno.ENOSPC, "/a/b"), 1, "Error: /a/b: No space left on device: free some space"),
    (os_error(errno.EACCES, "/a"), 1, "Error: /a: Permission denied: change its permissions"),
    (os_error(errno.EROFS), 1, "Error: Read-only file system: choose a place"),
    (os_error(errno.EMFILE), 1, "raise the limit (`ulimit -n`)"),
    (ModuleNotFoundError("No module named 'papermill'"), 1, "`tool doctor` says what is missing"),
    (KeyError("x"), 1, "Error: KeyError: 'x'. `tool --debug` with the same words shows"),
    (RuntimeError("one\ntwo"), 1, "Error: RuntimeError: one. `tool"),
    (AssertionError(), 1, "Error: AssertionError. `tool"),
    (click.UsageError("no"), 2, "Error: no"),
    (caused(), 1, "Error: the store is broken"),
    (KeyboardInterrupt(), 130, "interrupted"),
    (click.Abort(), 130, "interrupted"),
    (click.exceptions.Exit(3), 3, ""),
]


def result_of(error: BaseException, is_debug: bool) -> Result:
    @click.command()
    def tool() -> None:
        with plain_failures("tool", is_debug=is_debug):
            raise error

    return CliRunner().invoke(tool)


@pytest.mark.parametrize(("error", "code", "said"), CASES, ids=lambda case: str(case)[:30])
def test_one_line_and_an_exit_code(error, code, said):
    result = result_of(error, is_debug=False)
    assert result.exit_code == code
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert len(result.stderr.splitlines()) <= 1


@pytest.mark.parametrize(("error", "code", "said"), CASES, ids=lambda case: str(case)[:30])
def test_a_traceback_before_it_if_wanted(error, code, said):
    result = result_of(error, is_debug=True)
    assert result.exit_code == code
    assert said in result.stderr
    is_told = isinstance(error, click.exceptions.Exit)
    shown = error.__cause__ or error
    assert is_told or type(shown).__name__ in result.stderr
    if not is_told and shown.__traceback__ is not None:
        assert "Traceback (most recent call last)" in result.stderr


def type_in(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words, env={**os.environ, **more}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("words", [(COMMAND,), (COMMAND.with_name("dask"), "maze")])
def test_debug_is_an_option_of_the_program(words, tmp_path):
    (tmp_path / "runs.db").write_text("this is no database at all\n" * 100)
    home = {"MAZE_HOME": str(tmp_path)}
    plain = type_in(*words, "runs", "list", **home)
    assert (plain.returncode, plain.stderr.count("\n")) == (1, 1)
    assert "is not a run store" in plain.stderr
    for debug in (
        type_in(*words, "--debug", "runs", "list", **home),
        type_in(*words, "runs", "list", MAZE_DEBUG="1", **home),
    ):
        assert debug.returncode == 1
        assert "maze_nb.errors.StoreError: " in debug.stderr
        assert debug.stderr.splitlines()[-1] == plain.stderr.strip()


NO_COMMAND = "there is no command 'submt': did you mean 'submit'? See `maze-nb --help`"
NO_OPTION = "No such option '--bogus'; see `maze-nb {}--help`"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--bogus", NO_OPTION.format("")),
        ("submt", NO_COMMAND),
        ("runs shw", "No such command 'shw'. Did you mean 'show'? See `maze-nb runs --help`"),
        ("submit", "Missing argument 'FILE'; see `maze-nb submit --help`"),
        ("submit no.yaml", "File 'no.yaml' does not exist; see `maze-nb submit --help`"),
        ("runs list --bogus", NO_OPTION.format("runs list ")),
        ("validate x -p a", "Option '-p' requires 2 arguments; see `maze-nb validate --help`"),
        ("runs list --all --limit 3", "or --limit, not both; see `maze-nb runs list --help`"),
        ("completion", "Missing argument '{bash|zsh|fish}'. Choose from: bash, zsh, fish; see"),
        ("run no.ipynb", "Error: the notebook no.ipynb does not exist: check the path; see"),
        ("run {home}/x.ipynb", "x.ipynb is not a notebook that can be read: Notebook does"),
    ],
)
def test_a_wrong_command_line_is_one_line(words, said, tmp_path):
    home = {"MAZE_HOME": str(tmp_path)}
    (tmp_path / "x.ipynb").write_text("no notebook")
    words = words.format(home=tmp_path)
    plain = type_in(COMMAND, *words.split(), **home)
    assert (plain.returncode, plain.stdout) == (2, "")
    assert said in plain.stderr
    assert plain.stderr.startswith("Error: ")
    assert plain.stderr.count("\n") == 1
    debug = type_in(COMMAND, "--debug", *words.split(), **home)
    assert debug.returncode == 2
    assert debug.stderr.startswith("Traceback (most recent call last)")
    assert debug.stderr.endswith(plain.stderr)


def test_who_stops_reading_is_told_nothing_more():
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [COMMAND, "cache", "list"], stdout=writer, stderr=subprocess.PIPE, timeout=60,
            check=False,
        )  # fmt: skip
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_full_disk_is_one_line(tmp_path):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    with full.open("w") as out:
        done = subprocess.run(
            [COMMAND, "cache", "list"], stdout=out, stderr=subprocess.PIPE, text=True, timeout=60,
            check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left on device: free some space there" in done.stderr
    assert "Traceback" not in done.stderr


MANY = [f"{number:02}-more" for number in range(10)]
ROWS = [Row(name, f"{__name__}:one", "The first.") for name in ("one", *MANY)]


@click.group(cls=CommandTable, rows=ROWS)
def tool() -> None:
    """Do this or that."""


@tool.command(short_help="The second.")
def two() -> None:
    """Do the second."""


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("tow", "did you mean 'two'?"),
        ("x", f"known are: {', '.join(map(repr, sorted(['one', 'two', *MANY])))}\n"),
    ],
)
def test_a_command_that_is_not_there(word, said):
    result = CliRunner().invoke(tool, [word])
    assert result.exit_code == 2
    assert f"there is no command '{word}': {said}" in result.stderr


def test_rows_and_commands_are_listed_alike():
    text = CliRunner().invoke(tool, ["--help"]).output
    assert text.index("one      The first.") < text.index("two      The second.")
    assert CliRunner().invoke(tool, ["two"]).exit_code == 0


@pytest.mark.parametrize("row", program.ROWS, ids=lambda row: row.name)
def test_each_row_leads_to_its_command(row):
    command = program.main.get_command(click.Context(program.main), row.name)
    assert command is not None
    assert row.about == command.short_help
    assert command.name == row.name
    assert command.help
