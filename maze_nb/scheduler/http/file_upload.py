"""Takes in files of tasks: whole, as forms, or in parts that can be gone on with."""

from __future__ import annotations

import asyncio
import hmac
import re

from maze_nb.artifacts.folder_name import LOG, MANIFEST, is_ours
from maze_nb.artifacts.gateway import WORKER_HEADER, file_path
from maze_nb.artifacts.inside import inside_name
from maze_nb.scheduler.http.form import Began, FormFile
from maze_nb.scheduler.http.receiver import Receiver
from maze_nb.scheduler.http.receiving import BodyHandler
from maze_nb.scheduler.http.refusal import RefusedError
from maze_nb.scheduler.http.upload import Kept, Wanted, too_large

_FORM = "multipart/"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_FORM_SLACK = 2**16
PARTIAL = "application/partial-upload"
COMPLETE, OFFSET, LENGTH = "Upload-Complete", "Upload-Offset", "Upload-Length"


class Receiving(BodyHandler):
    """A request whose body goes to an upload."""

    receiver: Receiver | None = None

    async def give_up(self) -> None:
        """Let the upload go."""
        if self.receiver is not None:
            await self.receiver.give_up(is_broken=_is_broken(self._refused))

    def header_number(self, name: str) -> int | None:
        """Return a header that is a number; None if it is not there."""
        given = self.request.headers.get(name)
        if given is None:
            return None
        if not _NUMBER.fullmatch(given.strip()):
            raise RefusedError(400, f"{name} has to be a number of bytes")
        return int(given)

    def is_complete(self, default: bool) -> bool:
        """Return whether the body is the last part."""
        given = self.request.headers.get(COMPLETE)
        if given is None:
            return default
        if given.strip() not in ("?0", "?1"):
            raise RefusedError(400, f"{COMPLETE} has to be ?0 or ?1")
        return given.strip() == "?1"

    def tell_kept(self, kept: Kept) -> None:
        """Say where the file is now."""
        wanted = kept.wanted
        url = self.desk.link(file_path(wanted.run_id, wanted.task_id, wanted.name))
        self.set_header("Location", url)
        self.set_header("ETag", f'"{kept.sha256}"')
        self.set_header(COMPLETE, "?1")
        told = {"name": wanted.name, "url": url, "nbytes": kept.nbytes, "sha256": kept.sha256}
        self.tell(
            {**told, "run_id": wanted.run_id, "task_id": wanted.task_id},
            201 if kept.is_new else 200,
        )


def _is_broken(error: BaseException | None) -> bool:
    """Return whether what came is to blame, and not that it came too slowly."""
    return isinstance(error, RefusedError) and error.status != 408


class Files(Receiving):
    """``/api/v1/results/{task_id}/files``: takes in a file."""

    _form: FormFile | None = None
    _there: Kept | None = None
    _in_parts = False
    _run_id = ""
    _upload_id = ""

    async def begin(self) -> None:
        """Look at what is to come."""
        task_id, headers = str(self.path_args[0]), self.request.headers
        self._run_id = await self.desk.index.run_of(task_id, self.text("run_id"))
        most, told = self.desk.uploads.most_bytes, self.header_number("Content-Length") or 0
        kind = headers.get("Content-Type", "")
        if kind.lower().startswith(_FORM):
            if told > most + _FORM_SLACK:
                raise too_large(most)
            self._form = FormFile(kind)
            return
        self._in_parts = not self.is_complete(True)
        length = self.header_number(LENGTH)
        if max(told, length or 0) > most:
            raise too_large(most)
        if length is None and not self._in_parts and "Content-Length" in headers:
            length = told
        await self._open(self.text("name"), length)

    async def take(self, data: bytes) -> None:
        """Put a piece on disk."""
        if self._form is not None:
            for found in self._form.feed(data):
                if isinstance(found, Began):
                    await self._open(self.text("name") or found.name, None)
                elif self.receiver is not None:
                    await self.receiver.take(found)
        elif self.receiver is not None:
            await self.receiver.take(data)

    async def post(self, _task_id: str) -> None:
        """Give the file its name, or say how to go on."""
        if self.has_refused():
            return
        if self._there is not None:
            self.tell_kept(self._there)
        elif self._in_parts:
            await self.closing(self._pause())
        else:
            await self.closing(self._settle())

    async def _settle(self) -> None:
        if self._form is not None:
            self._form.end()
        assert self.receiver is not None
        self.tell_kept(await self.receiver.settle())

    async def _pause(self) -> None:
        assert self.receiver is not None
        offset = await self.receiver.pause()
        self.set_header("Location", self.desk.link(f"/api/v1/uploads/{self._upload_id}"))
        self.set_header(COMPLETE, "?0")
        self.set_header(OFFSET, str(offset))
        self.tell({"upload_id": self._upload_id, "offset": offset}, 201)

    async def _open(self, name: str, nbytes: int | None) -> None:
        wanted = self._wanted(name, nbytes)
        uploads = self.desk.uploads
        if await asyncio.to_thread(uploads.refuse_duplicate, wanted) and self._form is None:
            self._there = Kept(wanted, await self._length(wanted), wanted.sha256, is_new=False)
            return
        begun = await asyncio.to_thread(uploads.begin, wanted, can_go_on=self._in_parts)
        self._upload_id, upload = begun
        self.receiver = Receiver(uploads, upload, keeps_part=self._in_parts)

    async def _length(self, wanted: Wanted) -> int:
        found = await self.desk.files.open(wanted.run_id, wanted.task_id, wanted.name)
        found.close()
        return found.nbytes

    def _wanted(self, name: str, nbytes: int | None) -> Wanted:
        sha256 = self.text("sha256").lower()
        if sha256 and not _SHA256.fullmatch(sha256):
            raise RefusedError(400, "sha256 has to be 64 hexadecimal digits")
        if not name:
            raise RefusedError(400, "the file has no name: say it by ?name=")
        inside_name(name)
        is_kept_apart = is_ours(name.partition("/")[0])
        if is_kept_apart and not (name in (MANIFEST, LOG) and self._is_worker()):
            raise RefusedError(403, f"{name!r} is a name that Maze itself gives to files of tasks")
        task_id = str(self.path_args[0])
        return Wanted(self._run_id, task_id, name, nbytes, sha256, self.flag("replace"))

    def _is_worker(self) -> bool:
        shown = self.request.headers.get(WORKER_HEADER, "").encode(errors="replace")
        return hmac.compare_digest(shown, self.desk.key.encode())


class Part(Receiving):
    """``/api/v1/uploads/{upload_id}``: goes on with an upload."""

    _is_last = False

    async def begin(self) -> None:
        """Open the upload, if what comes belongs where it ends."""
        if self.request.method != "PATCH":
            return
        headers = self.request.headers
        if headers.get("Content-Type", PARTIAL).split(";")[0].strip().lower() != PARTIAL:
            raise RefusedError(415, f"the Content-Type of a part has to be {PARTIAL}")
        offset, self._is_last = self.header_number(OFFSET), self.is_complete(False)
        if offset is None:
            raise RefusedError(400, f"{OFFSET} has to say where the part begins")
        uploads = self.desk.uploads
        upload = await asyncio.to_thread(uploads.go_on, str(self.path_args[0]))
        self.receiver = Receiver(uploads, upload, keeps_part=True)
        if upload.received != offset:
            await self.receiver.pause()
            raise RefusedError(
                409,
                f"the upload has {upload.received} bytes, not {offset}: go on from there",
                {OFFSET: str(upload.received)},
            )

    async def take(self, data: bytes) -> None:
        """Put a piece on disk."""
        if self.receiver is None:
            raise RefusedError(400, "there is to be no body here")
        await self.receiver.take(data)

    async def patch(self, _upload_id: str) -> None:
        """Say how far it is, or give the whole file its name."""
        if not self.has_refused():
            await self.closing(self._settle() if self._is_last else self._pause())

    async def head(self, upload_id: str) -> None:
        """Say how far it is."""
        if self.has_refused():
            return
        upload = await asyncio.to_thread(self.desk.uploads.go_on, upload_id)
        await asyncio.to_thread(upload.close, keep=True)
        self.set_status(204)
        self.set_header(COMPLETE, "?0")
        self.set_header(OFFSET, str(upload.received))
        if upload.wanted.nbytes is not None:
            self.set_header(LENGTH, str(upload.wanted.nbytes))
        self.set_header("Cache-Control", "no-store")
        self.finish()

    async def delete(self, upload_id: str) -> None:
        """Give it up."""
        if self.has_refused():
            return
        upload = await asyncio.to_thread(self.desk.uploads.go_on, upload_id)
        await asyncio.to_thread(upload.close)
        self.set_status(204)
        self.finish()

    async def _settle(self) -> None:
        assert self.receiver is not None
        self.tell_kept(await self.receiver.settle())

    async def _pause(self) -> None:
        assert self.receiver is not None
        offset = await self.receiver.pause()
        self.set_header(COMPLETE, "?0")
        self.set_header(OFFSET, str(offset))
        self.set_status(204)
        self.finish()
