"""What answers to the questions of a view are made from."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from maze_nb.errors import MazeError
from maze_nb.projection.run_view import RunView, view_of
from maze_nb.sdk.run_index import RunIndex

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.log import MessageLog
    from maze_nb.sdk.run import Run

_PATIENCE = 5.0


class Desk:
    """The runs that a view may ask about.

    Parameters
    ----------
    client
        The client that has them; one that is offline can tell and not act.
    """

    def __init__(self, client: MaClient) -> None:
        self.client = client

    def run(self, run_id: str) -> Run:
        """Return the handle of a run, with messages of it: the first may just be on their way.

        Raises
        ------
        UnknownRunError
            If nobody knows it.
        """
        found = self.client.get_run(run_id)
        # Why there are none is for those to say who ask about what they tell.
        with suppress(MazeError):
            found.log.wait(0, _PATIENCE)
        return found

    def log(self, run_id: str) -> MessageLog:
        """Return the messages of a run."""
        return self.run(run_id).log

    def index(self, run_id: str) -> RunIndex:
        """Return what the messages of a run say of each of its tasks by now."""
        found = RunIndex(self.log(run_id))
        found.refresh()
        return found

    def view(self, run_id: str) -> RunView:
        """Return what the messages of a run come to by now."""
        log = self.log(run_id)
        return view_of(log.read(0), is_interrupted=log.is_interrupted)
