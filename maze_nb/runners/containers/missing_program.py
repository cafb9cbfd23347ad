"""What is said when an image does not have the program that its container is to run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from maze_nb.errors import TaskFailedError
from maze_nb.runners.containers.engine import Engine, said

# As runc and crun say it.
_MISSING = (
    re.compile(r'exec: "(?P<name>[^"]+)": (?:executable file not found|stat .*: no such file)'),
    re.compile(r"executable file `(?P<name>[^`]+)` not found"),
)
_FORBIDDEN = (re.compile(r'exec: "(?P<name>[^"]+)": permission denied'),)
_SHELLS = ("/bin/sh", "sh")


@contextmanager
def program_errors(engine: Engine, image: str) -> Iterator[None]:
    """Say in plain words that an engine finds nothing to run in an image, and what to do."""
    from docker.errors import APIError

    try:
        yield
    except APIError as error:
        reason = said(error)
        if (what := missing_program(image, reason)) is None:
            raise
        raise TaskFailedError(f"{what}\n{engine.name} says: {reason}") from None


def missing_program(image: str, reason: str) -> str | None:
    """Return what to say of a program that an engine cannot run, by what the engine says.

    Examples
    --------
    >>> missing_program("busybox", 'exec: "gcc": executable file not found in $PATH')
    "image 'busybox' has no program 'gcc': check its name, or take an image that has it"
    """
    if name := _named(_MISSING, reason):
        remedy = (
            "give the command as a list of words, as it has no shell"
            if name in _SHELLS
            else "check its name, or take an image that has it"
        )
        return f"image {image!r} has no program {name!r}: {remedy}"
    if name := _named(_FORBIDDEN, reason):
        return f"{name!r} in image {image!r} is no program: give one, or chmod +x it in the image"
    return None


def _named(patterns: tuple[re.Pattern[str], ...], reason: str) -> str | None:
    found = next((match for each in patterns if (match := each.search(reason))), None)
    return found and found["name"]
