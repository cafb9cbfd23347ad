"""How a client looks at the nodes of its cluster, and takes them out of use."""

from __future__ import annotations

from typing import Any, Protocol

from distributed import Client

from maze_nb.sdk.dashboard import Dashboard, dashboard_of
from maze_nb.wire.submission import NodeSummary, decode_nodes


class Connected(Protocol):
    """A client, as far as its scheduler is asked."""

    @property
    def dask_client(self) -> Client:
        """The Dask client underneath."""
        ...

    @property
    def address(self) -> str:
        """The address of the scheduler."""
        ...

    def _call(self, operation: str, **arguments: Any) -> Any: ...


class TendsNodes:
    """Looks at the nodes of a cluster, and takes them out of use."""

    def nodes(self: Connected) -> list[NodeSummary]:
        """Return the nodes of the cluster, and the workers that cannot take tasks."""
        return decode_nodes(self._call("maze_nodes"))

    def drain(self: Connected, node_id: str, close: bool = False) -> None:
        """Give a node no new work; what runs there ends well and keeps its results.

        Parameters
        ----------
        node_id
            As ``nodes()`` lists it.
        close
            Whether its workers are closed once they have nothing left to do.

        Raises
        ------
        MazeError
            If there is no such node.
        """
        self._call("maze_drain", node_id=node_id, then_close=close)

    def undrain(self: Connected, node_id: str) -> None:
        """Give a drained node work again."""
        self._call("maze_undrain", node_id=node_id)

    def dashboard(self: Connected, height: int = 600) -> Dashboard:
        """Return the cluster plots: shown in a notebook, their address in a terminal.

        They are a page of Dask's own dashboard: what the nodes have in use of CPU, memory, GPU and
        VRAM, what ready tasks wait for, and the tasks of each run by state. The address follows
        Dask's setting ``distributed.dashboard.link``, so that proxies and JupyterHub work.

        Parameters
        ----------
        height
            How high the page is shown, in pixels.

        Raises
        ------
        ConnectionFailedError
            If the scheduler serves no dashboard, with what to do.
        """
        status = self._call("maze_dashboard")
        return dashboard_of(self.dask_client, self.address, status, height)
