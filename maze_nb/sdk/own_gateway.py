"""Has this process know the web server of the scheduler that a client is connected to."""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakMethod

from maze_nb.artifacts.gateway import Gateway, learn_gateway
from maze_nb.errors import ArtifactError


def use_gateway(ask: Callable[[], Gateway]) -> None:
    """Ask a client when its gateway is first wanted; the client is not kept for that.

    Parameters
    ----------
    ask
        A method of the client.
    """
    known = WeakMethod(ask)

    def asked() -> Gateway:
        still = known()
        if still is None:
            raise ArtifactError("the client that was connected to the web server is gone")
        return still()

    learn_gateway(asked, is_one_of_many=True)
