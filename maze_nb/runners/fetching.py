"""Files that are inputs by URL, fetched whole or not at all."""

from __future__ import annotations

from pathlib import Path


def fetch(url: str, to: Path) -> None:
    """Write what a URL names to a file.

    Raises
    ------
    ArtifactError
        If it cannot be had.
    """
    # Most tasks fetch nothing, and it takes a while.
    from maze_nb.artifacts.store import store_for

    store_for(url).get(url, to)
