"""The uploads that are open: begun, gone on with, and removed when nobody goes on."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from maze_nb.scheduler.http.refusal import RefusedError
from maze_nb.scheduler.http.upload import Digests, Upload, Wanted, is_folder, is_there, taken
from maze_nb.wire.value_file import replacing

logger = logging.getLogger(__name__)

FOLDER = ".uploads"
"""Within the folder for results, so that what is whole only has to be renamed."""
_ID = re.compile(r"[0-9a-f]{32}")
_SLACK = 60.0


class Uploads:
    """The uploads below one folder for results; all calls block.

    What is known of one that can be gone on with is in a file beside its part, so that the next
    scheduler goes on with it too. One that is written to is locked, whichever scheduler does.

    Parameters
    ----------
    root
        The folder for results.
    most_bytes, most_open
        How large a file may be, and how many uploads may be open.
    keep
        The seconds that a part is kept which nobody adds to.

    Attributes
    ----------
    finished, bytes_received
        How many were taken in whole, and how many bytes came.
    """

    def __init__(self, root: Path, most_bytes: int, most_open: int, keep: float) -> None:
        self.root = root
        self.folder = root / FOLDER
        self.most_bytes = most_bytes
        self._most_open = most_open
        self._keep = keep
        self.finished = 0
        self.bytes_received = 0
        self._digests = Digests(most_open)

    def count(self) -> int:
        """Return how many are open."""
        try:
            with os.scandir(self.folder) as entries:
                return sum(entry.name.endswith(".part") for entry in entries)
        except OSError:
            return 0

    def begin(self, wanted: Wanted, *, can_go_on: bool) -> tuple[str, Upload]:
        """Begin an upload; return its id.

        Raises
        ------
        RefusedError
            If there are too many, or another file has the name already.
        """
        if self.count() >= self._most_open:
            self.sweep()
        if self.count() >= self._most_open:
            raise RefusedError(
                429,
                f"{self._most_open} uploads are open: try again later, or see the setting "
                f"maze.http-max-uploads",
                {"Retry-After": "10"},
            )
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        upload_id = secrets.token_hex(16)
        upload = Upload(self._part(upload_id), wanted, self.most_bytes, self._digests)
        if can_go_on:
            with replacing(self._about(upload_id)) as file:
                file.write(msgspec.json.encode(wanted))
        return upload_id, upload

    def refuse_duplicate(self, wanted: Wanted) -> bool:
        """Return whether the very file is there already, by the digest that was told.

        Raises
        ------
        RefusedError
            If another file, or a folder, has the name.
        """
        if wanted.sha256 and is_there(self.root, wanted, wanted.sha256):
            return True
        path = Path(self.root, *wanted.folder, wanted.name)
        if wanted.sha256 and not wanted.replaces and os.path.lexists(path):
            is_plain = path.is_symlink() or not path.is_dir()
            raise (taken if is_plain else is_folder)(wanted.name)
        return False

    def go_on(self, upload_id: str) -> Upload:
        """Open an upload again.

        Raises
        ------
        RefusedError
            If there is none with this id, or somebody else goes on with it.
        """
        if not _ID.fullmatch(upload_id):
            raise _unknown(upload_id)
        try:
            wanted = msgspec.json.decode(self._about(upload_id).read_bytes(), type=Wanted)
        except (OSError, msgspec.MsgspecError) as error:
            raise _unknown(upload_id) from error
        return Upload(self._part(upload_id), wanted, self.most_bytes, self._digests)

    def sweep(self) -> int:
        """Remove what nobody adds to any more; return how many parts that were."""
        try:
            found = sorted(self.folder.iterdir())
        except OSError:
            return 0
        return sum(self._sweep_one(path) for path in found if path.suffix == ".part")

    def _sweep_one(self, part: Path) -> bool:
        can_go_on = part.with_suffix(".json").exists()
        with suppress(OSError), part.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            age = time.time() - os.fstat(file.fileno()).st_mtime
            # One that just began may not have its lock, or what is known of it, yet.
            if age > (self._keep if can_go_on else min(self._keep, _SLACK)):
                part.unlink()
                part.with_suffix(".json").unlink(missing_ok=True)
                return True
        return False

    def _part(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.part"

    def _about(self, upload_id: str) -> Path:
        return self.folder / f"{upload_id}.json"


def _unknown(upload_id: str) -> RefusedError:
    return RefusedError(
        404, f"there is no upload {upload_id[:64]!r}: it was finished, or given up; begin anew"
    )
