"""What a command that goes wrong says, in one line with what to do, and its exit code."""

from __future__ import annotations

import contextlib
import errno
import os
import traceback
from collections.abc import Iterator
from typing import IO, Any

import click

from maze_nb.errors import MazeError

EXIT_INTERRUPTED = 130

_ROOM = (
    "free some space there (`maze-nb runs prune` and `maze-nb cache prune` do so in MAZE_HOME), "
    "or choose another place"
)
_RIGHTS = "change its permissions or owner, or choose another place"
_PLACE = "check the path"
_FILES = "close what is open elsewhere, or raise the limit (`ulimit -n`)"
_REMEDIES = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "choose a place that can be written to",
    errno.ENOENT: _PLACE,
    errno.ENOTDIR: _PLACE,
    errno.EISDIR: _PLACE,
    errno.EEXIST: _PLACE,
    errno.ENAMETOOLONG: _PLACE,
    errno.EMFILE: _FILES,
    errno.ENFILE: _FILES,
    errno.ENOMEM: "free some memory",
    errno.EIO: "check the disk",
}


class WrongUsage(click.UsageError):
    """What click has to say of a command line that is wrong, in one line with where to look."""

    def __init__(self, error: click.UsageError) -> None:
        told = " ".join(error.format_message().split())
        asked = _asked(error)
        if asked:
            told = f"{told} See" if told.endswith("?") else f"{told.rstrip('.')}; see"
            told = f"{told} `{asked} --help`"
        super().__init__(told, error.ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it."""
        click.echo(f"Error: {self.message}", file=file, err=True)


def _asked(error: click.UsageError) -> str:
    """Return the command whose help says how it is meant; none if the error says so itself."""
    if isinstance(error.__cause__, MazeError):
        return ""
    if error.ctx is not None:
        return error.ctx.command_path
    context = click.get_current_context(silent=True)
    if context is None or type(error) is click.UsageError:
        return ""
    return " ".join(filter(None, (context.command_path, context.invoked_subcommand)))


@contextlib.contextmanager
def plain_failures(name: str, *, is_debug: bool) -> Iterator[None]:
    """Turn whatever a command raises into what click says in one line.

    Parameters
    ----------
    name
        What people type for the program.
    is_debug
        Whether tracebacks are wanted, before that line.
    """
    try:
        yield
    except (click.exceptions.Exit, BrokenPipeError):
        # Who reads the output of a command may stop at any line, and wants to hear no more.
        raise
    except (KeyboardInterrupt, click.Abort) as error:
        _show(error, is_debug)
        click.echo("interrupted", err=True)
        raise click.exceptions.Exit(EXIT_INTERRUPTED) from error
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        _show(error, is_debug)
        raise WrongUsage(error) from error
    except click.ClickException as error:
        _show(error.__cause__ or error, is_debug)
        raise
    except Exception as error:
        _show(error, is_debug)
        raise click.ClickException(failure_text(error, name)) from error


def failure_text(error: Exception, name: str = "maze-nb") -> str:
    """Return what was wrong, and what to do.

    Examples
    --------
    >>> failure_text(PermissionError(13, "Permission denied", "/data/out.csv"))
    '/data/out.csv: Permission denied: change its permissions or owner, or choose another place'
    """
    if isinstance(error, MazeError):
        return str(error)
    if isinstance(error, ImportError):
        return f"{error}: `{name} doctor` says what is missing"
    if isinstance(error, OSError) and error.errno in _REMEDIES:
        return f"{_what(error)}: {_REMEDIES[error.errno]}"
    lines = str(error).splitlines()
    told = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return f"{told}. `{name} --debug` with the same words shows where it comes from"


def _what(error: OSError) -> str:
    reason = error.strerror or os.strerror(error.errno or 0)
    return f"{os.fsdecode(error.filename)}: {reason}" if error.filename else reason


def _show(error: BaseException, is_debug: bool) -> None:
    if is_debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
