"""Requests that are answered with JSON, and their errors with one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from jupyter_server.base.handlers import APIHandler
from tornado import web

from maze_nb.server.room import Room

AUTH_RESOURCE = "maze"


class JsonHandler(APIHandler):
    """A handler that reads; the library sees to who may."""

    auth_resource = AUTH_RESOURCE

    @property
    def room(self) -> Room:
        """What the handlers share."""
        return cast(Room, self.settings[Room.SETTING])

    def tell(self, content: Mapping[str, Any]) -> None:
        """Answer with JSON."""
        self.set_header("Cache-Control", "no-store")
        self.finish(msgspec.json.encode(content))

    def whole_number(self, name: str, most: int, default: int) -> int:
        """Return an argument of the request from 0 to `most`.

        Raises
        ------
        HTTPError
            If it is no such number.
        """
        given = self.get_query_argument(name, str(default))
        if not given.isascii() or not given.isdigit() or int(given) > most:
            raise web.HTTPError(400, f"{name} has to be a whole number from 0 to {most}")
        return int(given)
