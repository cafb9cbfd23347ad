"""The extension as Jupyter Server knows it: its settings, its beginning and its end."""

from __future__ import annotations

from jupyter_server.extension.application import ExtensionApp
from traitlets import Int

from maze_nb.server.handlers import HANDLERS
from maze_nb.server.room import Room


class MazeServerApp(ExtensionApp):
    """Serves runs, nodes and live views under ``maze/``."""

    name = "maze_nb"
    max_sockets = Int(64, min=1, help="How many live views may be open at once.").tag(config=True)

    def initialize_settings(self) -> None:
        """Make what the handlers share."""
        self.room = Room(self.max_sockets)
        self.settings[Room.SETTING] = self.room

    def initialize_handlers(self) -> None:
        """Put up the handlers."""
        self.handlers.extend(HANDLERS)

    async def stop_extension(self) -> None:
        """End all views, as the server ends."""
        await self.room.close()
