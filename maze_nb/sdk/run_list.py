"""The list of runs that a client can tell of, in pages, also when its cluster does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from maze_nb.config import home
from maze_nb.errors import ConnectionFailedError
from maze_nb.model.list_rows import RunsPage
from maze_nb.projection.run_list import asked_page
from maze_nb.sdk.shelf import Shelf

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient


def page_of_runs(client: MaClient, asked: Mapping[str, object]) -> RunsPage:
    """Return a page of the runs that a client knows; see `asked_page` for what can be asked.

    If the cluster cannot be reached, it is of the runs that are kept on this machine, with a note.
    """
    try:
        place = f"at {client.address}" if client.address else f"in {home()}"
        return asked_page(client.runs(), asked, place=place)
    except ConnectionFailedError as error:
        note = f"the cluster does not answer, so these are the runs that are kept here ({error})"
        kept = [run.summary() for run in Shelf().runs()]
        return asked_page(kept, asked, place=f"in {home()}", note=note)
