"""Sends the files of a task to its destination."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.http_store import DESTINATION
from maze_nb.artifacts.location import shown
from maze_nb.artifacts.store import ArtifactStore, place_of, store_for
from maze_nb.errors import MazeError

_MOST_FAULTS = 2
"""After so many files in a row that could not be sent, the others are not tried."""


class Outbox:
    """Sends files; what cannot be sent stays where it is, and the log of the task tells of it.

    Parameters
    ----------
    destination
        Where the user wants them; empty: nowhere.

    Attributes
    ----------
    location
        The URL under which those are that were sent; empty if none was.
    """

    def __init__(self, destination: str, run_id: str, task_id: str) -> None:
        self.location = ""
        self._destination = destination
        self._place = place_of(destination, run_id, task_id) if destination else ""
        self._store: ArtifactStore | None = None
        self._faults = 0

    def send(self, path: Path, artifact: Artifact) -> Artifact:
        """Send a file; return it with the URL where it is then."""
        if not self._destination or self._faults == _MOST_FAULTS:
            return artifact
        try:
            if self._store is None:
                self._store = store_for(self._place)
            url = self._store.put(path, artifact.name, artifact.sha256)
        except (MazeError, OSError) as error:
            self._faults += 1
            rest = ", as do all files after it" if self._faults == _MOST_FAULTS else ""
            warn(
                f"{artifact.name} is not sent to {shown(self._destination)}, and stays in the "
                f"folder of the task{rest}: {error}"
            )
            return artifact
        self._faults = 0
        self.location = self.location or _above(url, artifact.name, self._destination)
        return replace(artifact, url=url)

    def send_also(self, path: Path) -> None:
        """Send a file that tells of the others, if there is one and they could be sent."""
        can_be_sent = bool(self.location) or not self._faults
        if self._destination and can_be_sent and path.is_file():
            found = digest_of(path)
            self.send(path, Artifact(path.name, path.as_uri(), found.nbytes, found.sha256))


def _above(url: str, name: str, destination: str) -> str:
    """Return the URL of all files of a task, from that of one of them."""
    parts = urlsplit(url)
    path = parts.path
    for _ in name.split("/"):
        path = path.rpartition("/")[0]
    if destination == DESTINATION:
        return urlunsplit(parts._replace(path=path.removesuffix("/files")))
    return urlunsplit(parts._replace(path=path, query="", fragment=""))


def warn(text: str) -> None:
    """Tell of something in the log of the task."""
    sys.stderr.write(f"[maze] {text}\n")
