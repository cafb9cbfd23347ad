"""The channel of live views to the server: what a widget tells and hears, as JSON."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import msgspec
from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from tornado import web
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from maze_nb.server.outbox import Outbox
from maze_nb.server.request import AUTH_RESOURCE
from maze_nb.server.room import Room

if TYPE_CHECKING:
    from maze_nb.sdk.feed.hub import Hub

_QUESTION_BYTES = 1 << 20
_NOBODY_ASKED = -1
_GOING_AWAY, _TRY_AGAIN_LATER = 1001, 1013


class ViewSocket(WebSocketMixin, WebSocketHandler, JupyterHandler):
    """One open channel, over which views of any runs are told of them and ask."""

    auth_resource = AUTH_RESOURCE
    _hub: Hub | None = None

    @property
    def room(self) -> Room:
        """What the handlers share."""
        return cast(Room, self.settings[Room.SETTING])

    @property
    def max_message_size(self) -> int:
        """How long a question may be."""
        return _QUESTION_BYTES

    def get_compression_options(self) -> dict[str, Any] | None:
        """Return what the server says of all its channels."""
        found: dict[str, Any] | None = self.settings.get("websocket_compression_options", None)
        return found

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        """Open the channel for who may act on runs, as its questions can."""
        may = self.authorizer.is_authorized(self, self.current_user, "execute", AUTH_RESOURCE)
        if not await ensure_async(may):
            raise web.HTTPError(403, "you may not act on runs here")
        answer = super().get(*args, **kwargs)
        if answer is not None:
            await answer

    async def open(self, *args: Any, **kwargs: Any) -> None:
        """Begin to tell."""
        if not self.room.admit(self):
            self.close(_TRY_AGAIN_LATER, "too many live views are open: close some")
            return
        super().open(*args, **kwargs)
        self._outbox = Outbox(self._write, self._catch_up)
        self._writing = asyncio.create_task(self._tell())
        put = self._outbox.put
        self._hub = await self.room.run(lambda: self.room.hub(put))
        if self.ws_connection is None:
            self._end()

    async def on_message(self, message: str | bytes) -> None:
        """Have a question answered; further ones wait until there is room for what they bring."""
        hub = self._hub
        if hub is None:
            return
        await self._outbox.has_room()
        try:
            content = msgspec.json.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._complain(f"what was sent is no JSON ({error})")
            return
        if not isinstance(content, dict) or not isinstance(content.get("kind"), str):
            self._complain('what was sent is no question: it has to be {"kind": …}')
            return
        with suppress(RuntimeError):  # the server ends
            await self.room.run(lambda: hub.hear(content))

    def on_close(self) -> None:
        """End all that was for this channel."""
        self.room.discharge(self)
        self._end()
        super().on_close()

    def leave(self, reason: str) -> None:
        """Close the channel from this side."""
        self.close(_GOING_AWAY, reason)
        self._end()

    def _end(self) -> None:
        if hasattr(self, "_outbox"):
            self._outbox.close()
        hub, self._hub = self._hub, None
        if hub is not None:
            hub.close()

    async def _tell(self) -> None:
        try:
            reason = await self._outbox.run()
        except (WebSocketClosedError, StreamClosedError):
            return
        except Exception:
            self.log.exception("a live view is told nothing more")
            reason = "the server failed: its log says how"
        if reason:
            self.close(_TRY_AGAIN_LATER, reason)

    async def _write(self, data: bytes) -> None:
        await self.write_message(data)

    async def _catch_up(self, run_id: str) -> None:
        hub = self._hub
        if hub is not None:
            with suppress(RuntimeError):  # the server ends
                await self.room.run(lambda: hub.hear({"kind": "sync", "run_id": run_id}))

    def _complain(self, error: str) -> None:
        self._outbox.put({"kind": "answer", "ask_id": _NOBODY_ASKED, "error": error, "value": {}})
