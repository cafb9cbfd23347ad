"""Sends a file of a task, whole or in part, no faster than it is read."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import quote

from tornado.iostream import StreamClosedError

from maze_nb.errors import ResultLostError
from maze_nb.scheduler.http.api_handler import ApiHandler
from maze_nb.scheduler.http.byte_range import ByteRange, byte_range, names_tag
from maze_nb.scheduler.http.refusal import RefusedError
from maze_nb.scheduler.http.task_file import PIECE, TaskFile


class File(ApiHandler):
    """``/api/v1/results/{task_id}/files/{name}``."""

    async def get(self, task_id: str, name: str) -> None:
        """Send a file."""
        await self._send(task_id, name, with_body=True)

    async def head(self, task_id: str, name: str) -> None:
        """Tell what would be sent."""
        await self._send(task_id, name, with_body=False)

    async def _send(self, task_id: str, name: str, *, with_body: bool) -> None:
        run_id = await self.desk.index.run_of(task_id, self.text("run_id"))
        found = await self.desk.files.open(run_id, task_id, name)
        try:
            part = self._conditions(found, name)
            if part is None:
                return
            await (self._stream(found, part) if with_body else self.finish())
        finally:
            found.close()

    def _conditions(self, found: TaskFile, name: str) -> ByteRange | None:
        """Set the headers; None if there is nothing to send, as who asks has it."""
        tag, headers = f'"{found.sha256}"', self.request.headers
        if "If-Match" in headers and not names_tag(headers["If-Match"], tag):
            raise RefusedError(412, "the file is another one by now")
        self.set_header("ETag", tag)
        self.set_header("Accept-Ranges", "bytes")
        if names_tag(headers.get("If-None-Match", ""), tag):
            self.set_status(304)
            self.finish()
            return None
        part = None
        if headers.get("If-Range", tag) == tag and "Range" in headers:
            part = byte_range(headers["Range"], found.nbytes)
        if part is not None:
            self.set_status(206)
            self.set_header("Content-Range", f"bytes {part.start}-{part.end - 1}/{found.nbytes}")
        part = part or ByteRange(0, found.nbytes)
        self.set_header("Content-Length", str(part.end - part.start))
        # A page that a task made is not to act in the name of who looks at it.
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Content-Disposition", disposition(name.rpartition("/")[2]))
        return part

    async def _stream(self, found: TaskFile, part: ByteRange) -> None:
        start = part.start
        try:
            while start < part.end:
                piece = await found.read(start, min(PIECE, part.end - start))
                if not piece:
                    raise ResultLostError("the file was cut while it was sent")
                start += len(piece)
                self.write(piece)
                # It returns when the piece is on its way: who reads slowly is waited for.
                await asyncio.wait_for(self.flush(), self.desk.idle)
            await self.finish()
        except (ResultLostError, TimeoutError, OSError, StreamClosedError):
            # Too late for another status: the length tells the client that something is missing.
            self.cut_off()

    def cut_off(self) -> None:
        """Close the connection."""
        connection = self.request.connection
        with contextlib.suppress(AttributeError, OSError):
            connection.stream.close()  # type: ignore[union-attr]


def disposition(name: str) -> str:
    r"""Return the header by which a file is saved under its name.

    Programs that do not decode ``filename*``, as curl, take the plain one, in which ``_`` stands
    for all that a header cannot carry as it is.

    Examples
    --------
    >>> print(disposition("a b.txt"))
    attachment; filename="a b.txt"; filename*=UTF-8''a%20b.txt
    """
    plain = "".join(each if " " <= each <= "~" else "_" for each in name)
    # Browsers decode percent signs and curl keeps backslashes, in spite of the standard.
    plain = plain.replace("\\", "_").replace('"', "_").replace("%", "_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
