"""The list of runs, read without a kernel and without a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado import web

from maze_nb import config
from maze_nb.errors import MazeError
from maze_nb.model.list_rows import RunsPage
from maze_nb.projection.run_list import MOST_ROWS, asked_page
from maze_nb.sdk.shelf import Shelf
from maze_nb.server.request import JsonHandler

_FARTHEST = 10_000_000


class RunsHandler(JsonHandler):
    """Tells the runs of this home, the newest first."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Return a page of the list.

        ``search``, ``status``, which may be given often, and ``notebook``, the server's path of one
        that started them, choose among the runs; ``offset`` and ``limit`` among those that are
        found.
        """
        notebook = self.get_query_argument("notebook", "").strip("/")
        asked = {
            "origin": self._origin_of(notebook) if notebook else "",
            "search": self.get_query_argument("search", ""),
            "statuses": self.get_query_arguments("status"),
            "offset": self.whole_number("offset", _FARTHEST, 0),
            "limit": self.whole_number("limit", MOST_ROWS, MOST_ROWS),
        }
        self.tell(await self.room.run(lambda: runs_told(asked)))

    def _origin_of(self, notebook: str) -> str:
        """Return what the kernel of a notebook is told to be its path."""
        kernels: Any = self.kernel_manager
        return str(Path(kernels.cwd_for_path(notebook), PurePosixPath(notebook).name))


def runs_told(asked: Mapping[str, object]) -> RunsPage:
    """Return a page of the runs of this home.

    A run store that cannot be read is an answer too: ``note`` says why.
    """
    place = f"in {config.home()}"
    try:
        runs = [run.summary() for run in Shelf().runs()]
    except MazeError as error:
        return asked_page([], asked, place=place, note=str(error))
    origin = asked.get("origin")
    chosen = [run for run in runs if run.origin == origin] if origin else runs
    return asked_page(chosen, asked, place=place)
