"""A task that fetches a file by its URL, for the tasks that read it."""

from __future__ import annotations

from pathlib import Path

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.url_input import UrlInput
from maze_nb.runners import screen
from maze_nb.runners.fetching import fetch


def fetch_file(url: str) -> Artifact:
    """Fetch a file into the folder of the task, whole or not at all.

    Raises
    ------
    ArtifactError, TaskFailedError
        If it cannot be had.
    """
    shown_by = screen.current.get()
    folder = Path.cwd() if shown_by is None else shown_by.folder
    folder.mkdir(parents=True, exist_ok=True)
    to = folder / UrlInput(url).name
    fetch(url, to)
    found = digest_of(to)
    return Artifact(to.name, to.absolute().as_uri(), found.nbytes, found.sha256)
