"""The log of a kept cluster: a file that stays small, and its last lines."""

from __future__ import annotations

import os
from pathlib import Path

_LIMIT = 4 * 2**20
_TAIL_BYTES = 64 * 2**10
_TAIL_LINES = 200


def open_log(file: Path) -> int:
    """Return the log, open to be written to at its end, whoever else does."""
    return os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def trim_log(file: Path, limit: int = _LIMIT) -> None:
    """Move what a log has into the file ``….1`` beside it once it is above `limit` bytes.

    The log itself stays the same file, as several processes have it open. Of very much at once
    only the last `limit` bytes are kept.
    """
    try:
        size = file.stat().st_size
    except FileNotFoundError:
        return
    if size <= limit:
        return
    with file.open("rb") as log:
        log.seek(size - limit)
        file.with_name(f"{file.name}.1").write_bytes(log.read(limit))
    os.truncate(file, 0)


def log_tail(file: Path, start: int = 0) -> str:
    """Return the last lines of a log, none of them before the byte `start`."""
    try:
        with file.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(size - _TAIL_BYTES, start if start <= size else 0))
            text = log.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-_TAIL_LINES:])
