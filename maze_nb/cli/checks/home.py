"""Checks the folder where runs, results and the cache are kept."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from maze_nb import config
from maze_nb.cli.checks.finding import Finding, Surroundings, fault, note, ok

_SUBJECT = "MAZE_HOME"
_OTHER = f"or set {config.HOME_VARIABLE} to another folder"


def check_home(_surroundings: Surroundings) -> Iterator[Finding]:
    """Look whether the home can be written to, and whether only its user can."""
    home = config.home()
    if not os.path.lexists(home):
        yield _missing(home)
        return
    if not home.is_dir():
        what = "leads nowhere" if home.is_symlink() else "is not a folder"
        yield fault(_SUBJECT, f"{home} {what}", f"move it away, {_OTHER}")
        return
    trouble = _trouble_writing(home)
    if trouble:
        yield fault(
            _SUBJECT,
            f"{home} cannot be written to ({trouble})",
            f"change its permissions or owner, {_OTHER}",
        )
        return
    yield _privacy(home)


def _missing(home: Path) -> Finding:
    above = next((each for each in home.parents if each.exists()), Path("/"))
    trouble = "" if above.is_dir() else "it is not a folder"
    trouble = trouble or _trouble_writing(above)
    if trouble:
        return fault(
            _SUBJECT,
            f"{home} is not there and cannot be made: of {above}, {trouble}",
            f"make it, {_OTHER}",
        )
    return ok(_SUBJECT, f"{home}, which the first run makes")


def _trouble_writing(folder: Path) -> str:
    """Return why nothing can be written into a folder, empty if it can be."""
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return "this user may not write to it"
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"x" * 4096)
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return error.strerror or str(error)
    return ""


def _privacy(home: Path) -> Finding:
    """Say whether others may write to what is unpickled from there."""
    about = home.stat()
    if about.st_uid not in (os.getuid(), 0):
        return fault(
            _SUBJECT,
            f"{home} belongs to another user (id {about.st_uid}), who could have code run as you",
            f"make it yours (chown), {_OTHER}",
        )
    if about.st_mode & stat.S_IWOTH:
        return fault(
            _SUBJECT,
            f"every user may write to {home}, and so have code run as you",
            f"chmod go-w {home}",
        )
    if about.st_mode & stat.S_IWGRP:
        return note(
            _SUBJECT,
            f"{home} can be written to by the users of group {about.st_gid}, who so can have code "
            "run as you",
            f"chmod g-w {home}, unless that is what is wanted",
        )
    return ok(_SUBJECT, str(home))
