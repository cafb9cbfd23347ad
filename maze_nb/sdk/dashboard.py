"""The cluster plots, as they are shown in a notebook and named in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import dask.config
from distributed import Client

from maze_nb.errors import ConnectionFailedError

_DEFAULT_LINK = "{scheme}://{host}:{port}/status"
_SETTING = "distributed.dashboard.link"
_NOTHING_THERE = {
    "no dashboard": (
        "it was started without one: start it anew, without --no-dashboard or dashboard=False"
    ),
    "no bokeh": (
        "Bokeh is missing where the scheduler runs: pip install 'bokeh>=3.4' there, and start it "
        "anew"
    ),
}


class Dashboard:
    """The cluster plots of one scheduler.

    In a notebook it shows the page, with a link below it; elsewhere it is the address.

    Parameters
    ----------
    link
        The address of the page, as a browser reaches it.
    height
        How high the page is shown, in pixels.

    Examples
    --------
    >>> Dashboard("http://127.0.0.1:8787/maze")
    http://127.0.0.1:8787/maze
    """

    def __init__(self, link: str, height: int = 600) -> None:
        self.link = link
        self.height = height

    def __repr__(self) -> str:
        return self.link

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        link = escape(self.link)
        html = (
            f'<iframe src="{link}" title="Maze: cluster plots" width="100%"'
            f' height="{self.height}" style="border:0"></iframe>'
            f'<div><a href="{link}" target="_blank" rel="noopener">{link}</a></div>'
        )
        return {"text/html": html, "text/plain": self.link}


def dashboard_of(
    client: Client, address: str, status: Mapping[str, str], height: int = 600
) -> Dashboard:
    """Return the cluster plots of the scheduler of a Dask client.

    Parameters
    ----------
    address
        Names the scheduler in errors.
    status
        What the scheduler says of its pages.

    Raises
    ------
    ConnectionFailedError
        If it has none, or its address cannot be told.
    """
    missing = status["missing"]
    if missing:
        why = _NOTHING_THERE.get(missing, f"it could not add the pages of Maze ({missing})")
        raise ConnectionFailedError(f"the scheduler at {address} has no cluster plots: {why}")
    try:
        link = client.dashboard_link
    except KeyError as error:
        raise ConnectionFailedError(
            f"the setting {_SETTING} names {error}, which is not in the environment: set it there, "
            f"or give the setting anew"
        ) from error
    if not link:
        raise ConnectionFailedError(f"the scheduler at {address} does not say where its pages are")
    return Dashboard(_page_beside(str(link), status), height)


def _page_beside(link: str, status: Mapping[str, str]) -> str:
    """Return the address of the page beside that of Dask's, which a setting may have written."""
    beside = link.removesuffix("/").removesuffix("/status") + "/"
    is_default = dask.config.get(_SETTING, _DEFAULT_LINK) == _DEFAULT_LINK
    prefix = status["prefix"].strip("/")
    if prefix and is_default:
        beside += f"{prefix}/"
    return beside + status["page"]
