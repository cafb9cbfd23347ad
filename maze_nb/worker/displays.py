"""What one attempt at a task displays: small displays in events, big ones in files."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

from maze_nb.model.output import StoredFile
from maze_nb.runners.bundle import PLAIN
from maze_nb.runners.screen import Bundle
from maze_nb.wire.shown import Displayed, Item, Printed
from maze_nb.wire.value_file import replacing
from maze_nb.worker.files.task_folder import display_file_name

LIMIT = 2**20
"""The characters of a display that travel in an event."""
TOTAL = 10 * LIMIT
"""The characters of all displays of an attempt that do; others are in files."""
FILES_TOTAL = 200 * LIMIT
"""The characters of those in files."""
MOST = 1000
"""So many displays of an attempt are told one by one."""
_PLAIN_LIMIT = 2**12
_FULL = "[what is displayed from here on is left out, but for the end of displays with an id]\n"


class Displays:
    """Makes events of displays. Guards that they flood neither the journal nor the disk.

    When there were too many, only the last of each display that is shown already is told, at the
    end.

    Parameters
    ----------
    folder
        Gives the folder of the task, where big displays go.
    attempt
        Counts from 1.
    node_id
        Where it runs.
    """

    def __init__(self, folder: Callable[[], Path], attempt: int, node_id: str) -> None:
        self._folder = folder
        self._attempt = attempt
        self._node_id = node_id
        self._left = TOTAL
        self._files_left = FILES_TOTAL
        self._count = 0
        self._is_full = False
        self._known: set[str] = set()
        self._last: dict[str, tuple[Bundle, Bundle]] = {}

    def told(self, data: Bundle, metadata: Bundle, display_id: str) -> list[Item]:
        """Return what is told of a display."""
        self._count += 1
        if self._count > MOST or self._files_left <= 0:
            if display_id in self._known:
                self._last[display_id] = data, metadata
            is_news, self._is_full = not self._is_full, True
            return [Printed("stderr", _FULL)] if is_news else []
        if display_id:
            self._known.add(display_id)
        return [self._item(data, metadata, display_id)]

    def last(self) -> list[Item]:
        """Return what is told at the end: how displays are left that were told before."""
        return [self._item(*bundle, display_id) for display_id, bundle in self._last.items()]

    def _item(self, data: Bundle, metadata: Bundle, display_id: str) -> Displayed:
        size = sum(map(_length, data.values()))
        if size <= min(LIMIT, self._left):
            self._left -= size
            return Displayed(data, metadata, display_id)
        plain = {PLAIN: _cut(str(data.get(PLAIN, "")), size)}
        try:
            stored = self._store(json.dumps(data).encode())
        except OSError as error:
            note = f"{plain[PLAIN]}\n[the rest of this display could not be kept: {error}]"
            return Displayed({PLAIN: note}, {}, display_id)
        self._files_left -= size
        return Displayed(plain, metadata, display_id, stored)

    def _store(self, content: bytes) -> StoredFile:
        path = self._folder() / display_file_name(self._attempt)
        with replacing(path) as file:
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
        digest = sha256(content).hexdigest()
        return StoredFile(str(path), digest, len(content), socket.gethostname(), self._node_id)


def _length(value: Any) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value))


def _cut(text: str, size: int) -> str:
    if len(text) <= _PLAIN_LIMIT:
        return text or f"<a display of {size / 2**20:.1f} MB>"
    return f"{text[:_PLAIN_LIMIT]}…"
