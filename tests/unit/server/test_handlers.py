"""Which addresses there are, who may use them, and that loading is what Jupyter Server expects."""

from __future__ import annotations

import asyncio
import re

import pytest
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.extension.manager import ExtensionPackage

from maze_nb.server.handlers import HANDLERS
from maze_nb.server.room import Room


def test_jupyter_server_finds_the_extension():
    package = ExtensionPackage(name="maze_nb.server", enabled=True)
    assert list(package.extension_points) == ["maze_nb"]
    assert package.module.__name__ == "maze_nb.server"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/maze/api/runs", "RunsHandler"),
        ("/maze/api/nodes", "NodesHandler"),
        ("/maze/view", "ViewSocket"),
        ("/maze/api/runs/x", None),
        ("/maze", None),
    ],
)
def test_addresses(path: str, expected: str | None):
    found = [handler.__name__ for pattern, handler in HANDLERS if re.fullmatch(pattern, path)]
    assert found == ([] if expected is None else [expected])


@pytest.mark.parametrize("handler", [handler for _, handler in HANDLERS])
def test_the_library_sees_to_who_may(handler: type[JupyterHandler]):
    assert issubclass(handler, JupyterHandler)
    assert handler.auth_resource == "maze"
    # Set by the decorators that let nobody in who is not known.
    assert hasattr(handler.get, "__wrapped__")
    assert not getattr(handler.get, "__allow_unauthenticated", False)
    # What changes anything goes over the channel, which checks where it comes from.
    own = {name for name in ("post", "put", "patch", "delete") if name in vars(handler)}
    assert own == set()


def test_a_room_has_so_many_views_and_closes_them():
    async def scenario() -> None:
        room = Room(2)
        first, second, third = View(), View(), View()
        assert [room.admit(view) for view in (first, second, third)] == [True, True, False]
        room.discharge(first)
        assert room.admit(third)
        await room.close()
        assert [view.reasons for view in (first, second, third)] == [
            [],
            ["the server ends"],
            ["the server ends"],
        ]

    asyncio.run(scenario())


class View:
    """A view that is open, and why it was to be closed."""

    def __init__(self) -> None:
        self.reasons: list[str] = []

    def leave(self, reason: str) -> None:
        """Note the reason."""
        self.reasons.append(reason)
