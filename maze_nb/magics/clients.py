"""The client of one notebook: connected when something is to run, else only reading."""

from __future__ import annotations

import time

import dask.config

from maze_nb.deploy.embedded import has_embedded
from maze_nb.deploy.kept import find_kept
from maze_nb.errors import ConnectionFailedError, VersionError
from maze_nb.sdk.client import MaClient

_SILENCE = 30.0
"""For how many seconds a cluster that does not answer is not asked again by who only reads."""


class Clients:
    """Guards that reading starts no cluster, and that a cluster that is gone is not used on."""

    def __init__(self) -> None:
        self._client: MaClient | None = None
        self._offline: MaClient | None = None
        self._kept = ""
        self._silent_until = 0.0

    @property
    def connected(self) -> MaClient:
        """A client that can run: of the cluster in use, else of the one ``MaClient()`` finds."""
        self._let_go_if_gone()
        if self._client is None:
            self._use(MaClient())
        assert self._client is not None
        return self._client

    @property
    def reading(self) -> MaClient:
        """A client that can read: of a cluster that is there, else of this machine's run store.

        Of a cluster that is named or kept but does not answer, it is said that it does not.
        """
        self._let_go_if_gone()
        is_there = dask.config.get("scheduler-address", None) or _kept_address() or has_embedded()
        if self._client is None and is_there and time.monotonic() > self._silent_until:
            try:
                return self.connected
            except (ConnectionFailedError, VersionError) as error:
                self._silent_until = time.monotonic() + _SILENCE
                print(f"{error}. What follows is what is kept on this machine")  # noqa: T201
        if self._client is not None:
            return self._client
        if self._offline is None:
            self._offline = MaClient(offline=True)
        return self._offline

    @property
    def at_hand(self) -> MaClient:
        """A client that can read without waiting: of the cluster in use, else of this machine."""
        if self._client is None and self._offline is None:
            self._offline = MaClient(offline=True)
        return self._client or self._offline or self.reading

    @property
    def is_offline(self) -> bool:
        """Whether there is no cluster in use."""
        return self._client is None

    def connect(self, address: str) -> MaClient:
        """Use another cluster from now on."""
        found = MaClient(address)
        if self._client is not None:
            self._client.close()
        self._use(found)
        return found

    def _use(self, client: MaClient) -> None:
        kept = _kept_address()
        self._client = client
        self._kept = kept if kept == client.address else ""

    def _let_go_if_gone(self) -> None:
        """Drop the client of a cluster that ``maze-nb down`` ended: another may be up by now."""
        if self._client is not None and self._kept and _kept_address() != self._kept:
            self._client.close()
            self._client = None


def _kept_address() -> str:
    kept = find_kept()
    return "" if kept is None else kept.address
