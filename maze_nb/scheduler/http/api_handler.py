"""What all requests to Maze on the scheduler's web server have in common."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, ClassVar
from urllib.parse import quote

import msgspec
from tornado import web
from tornado.iostream import StreamClosedError

from maze_nb.scheduler.http.desk import Desk
from maze_nb.scheduler.http.refusal import RefusedError, refusal_of
from maze_nb.scheduler.http.token import is_let_in

logger = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
_MOST_DIGITS = 18


class ApiHandler(web.RequestHandler):
    """Lets in who has the token, and answers in JSON; what goes wrong says why.

    Attributes
    ----------
    is_open
        Whether no token is asked for.
    operations
        The methods that there are; what else is asked is told which.
    """

    is_open: ClassVar[bool] = False
    desk: Desk
    operations: tuple[str, ...]

    def initialize(self, desk: Desk, operations: tuple[str, ...]) -> None:
        """Take what answers are made from."""
        self.desk = desk
        self.operations = operations

    def set_default_headers(self) -> None:
        """Nothing is guessed of what is sent, and no other site's page reads it."""
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-cache")

    async def prepare(self) -> None:
        """Refuse who is not let in."""
        self.check()

    def check(self) -> None:
        """Refuse who is not let in, what there is not, and what is no text.

        Raises
        ------
        RefusedError
            If so.
        """
        if not self.is_open and not is_let_in(
            self.desk.token, self.request.headers.get("Authorization", "")
        ):
            raise RefusedError(
                401,
                "the header 'Authorization: Bearer …' has to have the token of this scheduler: "
                "`maze-nb token` prints it",
                {"WWW-Authenticate": 'Bearer realm="maze"'},
            )
        if (self.request.method or "").lower() not in self.operations:
            allowed = ", ".join(sorted(name.upper() for name in self.operations))
            raise RefusedError(
                405, f"{self.request.method} cannot be done here", {"Allow": allowed}
            )
        values = [value for found in self.request.arguments.values() for value in found]
        for text in (*self.path_args, *map(self.decode_argument, values)):
            if not _is_text(text or ""):
                raise RefusedError(400, "the URL has signs that are no UTF-8")

    def decode_argument(self, value: bytes, name: str | None = None) -> str:  # noqa: ARG002 - tornado gives it
        """Return an argument as text; what is none is refused once it is known who asks."""
        return value.decode("utf-8", "surrogateescape")

    def text(self, name: str, default: str = "") -> str:
        """Return an argument of the query."""
        # Not by tornado's own method, which puts spaces in the place of what cannot be seen.
        given = self.request.query_arguments.get(name)
        return self.decode_argument(given[-1]) if given else default

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """Return a whole number of the query.

        Raises
        ------
        RefusedError
            If it is none, or out of bounds.
        """
        given = self.text(name, str(default))
        is_number = given.isascii() and given.isdigit() and len(given) <= _MOST_DIGITS
        if not is_number or not least <= int(given) <= most:
            raise RefusedError(400, f"{name} has to be a number from {least} to {most}")
        return int(given)

    def flag(self, name: str) -> bool:
        """Return whether the query says that something is so."""
        given = self.text(name, "false")
        if given not in ("true", "false", "1", "0"):
            raise RefusedError(400, f"{name} has to be true or false")
        return given in ("true", "1")

    def tell(self, found: Any, status: int = 200) -> None:
        """Answer in JSON."""
        self.set_status(status)
        self.set_header("Content-Type", JSON)
        self.finish(msgspec.json.encode(found))

    def log_exception(self, _typ: Any, value: BaseException | None, _tb: Any) -> None:
        """Log what is a fault of ours, and nothing else."""
        is_quiet = isinstance(value, StreamClosedError | web.HTTPError | asyncio.CancelledError)
        if not is_quiet and (value is None or refusal_of(value) is None):
            logger.error(
                "%s %s failed", self.request.method, self.request.path, exc_info=value or True
            )

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Answer with the status that an error means."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        refused = refusal_of(error) if error is not None else None
        if refused is not None and not self._headers_written:
            self.refuse(refused)
        else:
            super().send_error(status_code, **kwargs)

    def refuse(self, refused: RefusedError) -> None:
        """Answer with a refusal."""
        self.clear()
        for name, value in refused.headers.items():
            self.set_header(name, value)
        self.tell({"status": refused.status, "error": _plain(str(refused))}, refused.status)

    def write_error(self, status_code: int, **_: Any) -> None:
        """Answer with what tornado itself refuses."""
        text = self._reason if status_code < 500 else "the scheduler's log says what went wrong"
        self.tell({"status": status_code, "error": text}, status_code)


class NoSuchPath(ApiHandler):
    """Answers for paths under ``/api/v1`` that are none."""

    def check(self) -> None:
        """There is nothing to be let in to."""
        raise RefusedError(
            404, f"there is no {quote(self.request.path)[:200]}: /api/v1/openapi.json has what is"
        )


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
