"""Takes the body of a request as it arrives; who is refused is told so, and no byte is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from tornado import web

from maze_nb.scheduler.http.api_handler import ApiHandler
from maze_nb.scheduler.http.refusal import RefusedError, refusal_of

_SWALLOWED = 4 * 2**20
"""The bytes of a refused body that are read all the same: many clients read no answer before."""
_NO_LIMIT = 2**62


@web.stream_request_body
class BodyHandler(ApiHandler):
    """A handler to which the body comes in pieces; tornado reads on when one is dealt with.

    Derived classes have `begin`, `take` and `give_up`.
    """

    _refused: BaseException | None = None
    _swallowed = 0
    _heard = 0.0
    _timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        """Get ready for the body; may refuse it."""

    async def take(self, data: bytes) -> None:  # noqa: ARG002 - others read it
        """Deal with a piece of the body."""
        raise RefusedError(400, "there is to be no body here")

    async def give_up(self) -> None:
        """Hear that no more will come, or that it was refused; called once at most."""

    async def prepare(self) -> None:
        """Refuse what is not to be sent before it is."""
        # Sizes are limited here: tornado would close the connection without a word.
        self.request.connection.set_max_body_size(_NO_LIMIT)  # type: ignore[union-attr]
        try:
            self.check()
            await self.begin()
        except Exception as error:  # noqa: BLE001 - the boundary to HTTP: it is answered
            await self._refuse_body(error)
            headers = self.request.headers
            told = headers.get("Content-Length") or "0"
            is_small = told.isdecimal() and len(told) < 18 and int(told) <= _SWALLOWED
            if not is_small or "Expect" in headers:
                self._answer_now()
        self._heard = asyncio.get_running_loop().time()
        self._watch()

    async def data_received(self, chunk: bytes) -> None:
        """Take a piece, or throw it away."""
        if self._refused is not None:
            # Nor is it listened to for longer, however slowly it goes on.
            self._swallow(chunk)
            return
        self._heard = float("inf")
        try:
            await self.take(chunk)
        except Exception as error:  # noqa: BLE001 - the boundary to HTTP: it is answered
            await self._refuse_body(error)
        finally:
            self._heard = asyncio.get_running_loop().time()

    def has_refused(self) -> bool:
        """Return whether the body was refused, and answer then."""
        if self._refused is not None and not self._finished:
            self._answer_now()
        return self._refused is not None

    async def closing(self, call: Awaitable[Any]) -> Any:
        """Await what ends the request, and give up if it is refused."""
        self._stop_watching()
        try:
            return await call
        except Exception as error:
            await self._refuse_body(error)
            raise

    def on_connection_close(self) -> None:
        """Hear that the client is gone."""
        self._stop_watching()
        super().on_connection_close()
        if self._refused is None:
            self._refused = ConnectionResetError()
            self._later = asyncio.ensure_future(self.give_up())

    def on_finish(self) -> None:
        """Hear that the answer is given."""
        self._stop_watching()

    async def _refuse_body(self, error: BaseException) -> None:
        if self._refused is None:
            self._refused = error
            await self.give_up()

    def _swallow(self, chunk: bytes) -> None:
        self._swallowed += len(chunk)
        if self._swallowed > _SWALLOWED and not self._finished:
            self._answer_now()

    def _answer_now(self) -> None:
        error = self._refused
        refused = refusal_of(error) if error is not None else None
        if refused is not None:
            self.refuse(refused)
        else:
            self.log_exception(type(error), error, error.__traceback__ if error else None)
            self.send_error(500)

    def _watch(self) -> None:
        idle = self.desk.idle
        self._timer = asyncio.get_running_loop().call_later(max(idle / 4, 0.05), self._look)

    def _look(self) -> None:
        if self._finished:
            return
        if asyncio.get_running_loop().time() - self._heard > self.desk.idle:
            text = f"nothing came for {self.desk.idle:g} s: see the setting maze.http-idle"
            self._later = asyncio.ensure_future(self._time_out(RefusedError(408, text)))
        else:
            self._watch()

    async def _time_out(self, refused: RefusedError) -> None:
        await self._refuse_body(refused)
        if not self._finished:
            self._answer_now()

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
