"""Files in the folder of a task that tell of its newest attempt, whoever ends last."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from maze_nb.wire.value_file import replacing

_PATIENCE = 1.0
_PAUSE = 0.01


def write_attempt_file(path: Path, told: Mapping[str, Any]) -> None:
    """Write as JSON what is told of an attempt, unless it tells of a later one already.

    Parameters
    ----------
    told
        Under ``"attempt"`` its number.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    text = json.dumps(told, indent=1, allow_nan=False)
    with _alone_in(path.parent):
        if read_attempt_file(path).get("attempt", 0) <= told["attempt"]:
            with replacing(path) as file:
                file.write(text.encode("utf-8", "backslashreplace") + b"\n")


def read_attempt_file(path: Path) -> dict[str, Any]:
    """Return what such a file tells; nothing if there is none, or none that is sound."""
    with contextlib.suppress(OSError, ValueError):
        told = json.loads(path.read_bytes())
        if isinstance(told, dict) and isinstance(told.get("attempt"), int):
            return told
    return {}


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Keep other attempts from writing meanwhile, as far as the file system can."""
    number = os.open(folder, os.O_RDONLY)
    try:
        deadline = time.monotonic() + _PATIENCE
        while not _lock(number) and time.monotonic() < deadline:
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(number)


def _lock(number: int) -> bool:
    """Return whether there is nobody to wait for any more."""
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
