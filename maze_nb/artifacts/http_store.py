"""Artifacts on the scheduler's own web server; both ways can be gone on with where cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.copying import fill, filled
from maze_nb.artifacts.folder_name import LOG, MANIFEST
from maze_nb.artifacts.gateway import RESULTS, WORKER_HEADER, Gateway, gateway, gateway_of
from maze_nb.artifacts.inside import inside_name
from maze_nb.artifacts.location import shown
from maze_nb.artifacts.tries import PassingError, with_tries
from maze_nb.errors import ArtifactError

# It takes a tenth of a second to be imported.
if TYPE_CHECKING:
    import ssl

    import httpx

DESTINATION = "http"
"""What tasks name as the destination of their files for this store."""
_AUTHORITIES = ("distributed.scheduler.dashboard.tls.ca-file", "distributed.comm.tls.ca-file")
_PIECE = 64 * 2**20
_CONNECT_SECONDS = 10.0
# A file of many gigabytes is read once more when it is whole.
_SECONDS = 600.0
_PASSING = (408, 425, 429, 500, 502, 503, 504)


def is_served(url: str) -> bool:
    """Return whether the scheduler's web server is meant: by the place of a task, or by a URL."""
    if url.startswith(f"{DESTINATION}/"):
        return True
    if f"{RESULTS}/" not in url:
        return False
    return gateway_of(url) is not None


class HttpStore:
    """Keeps the files of one task on the scheduler's web server, and reads those of any.

    Parameters
    ----------
    place
        ``http/<run>/<task>``, as :func:`~maze_nb.artifacts.store.place_of` makes it, or the URL of
        a file that is to be read.
    found
        The web server; by default the one that this process knows.
    """

    def __init__(self, place: str, found: Gateway | None = None) -> None:
        self._place = place
        self._gateway = found or gateway_of(place) or gateway()

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Send a file; see `ArtifactStore.put`."""
        sending = _Sending(self._gateway, self._folder(), path, inside_name(name), sha256)
        what = f"{path} was not sent to {sending.url}"
        try:
            return with_tries(sending.attempt, what, lambda: sending.offset)
        except OSError as error:
            raise ArtifactError(f"{what}: {error}") from error

    def get(self, url: str, to: Path, sha256: str = "") -> None:
        """Fetch what is at a URL; see `ArtifactStore.get`."""
        if not self._gateway.has(url):
            raise ArtifactError(f"{shown(url)} is not on the web server of this scheduler")

        def attempt() -> None:
            with _client(self._gateway) as client:
                try:
                    fill(to, sha256, sha256, lambda start: _fetched(client, url, start))
                except BlockingIOError as error:
                    raise PassingError("somebody else fetches it right now") from error

        what = f"{shown(url)} was not fetched"
        try:
            filled(attempt, what, to, lambda: sha256)
        except OSError as error:
            raise ArtifactError(f"{what}: {error}") from error

    def _folder(self) -> tuple[str, str]:
        parts = self._place.split("/")
        if len(parts) != 3 or parts[0] != DESTINATION:
            raise ArtifactError(f"{self._place!r} is no place of a task on the web server")
        return unquote(parts[1]), unquote(parts[2])


class _Sending:
    """One file on its way: each attempt goes on where the one before was cut off."""

    def __init__(
        self, found: Gateway, folder: tuple[str, str], path: Path, name: str, sha256: str
    ) -> None:
        self._gateway = found
        run_id, task_id = folder
        self.url = found.file_url(run_id, task_id, name)
        base = found.base_url.rstrip("/")
        self._begin = f"{base}{RESULTS}/{quote(task_id, safe='')}/files"
        self._query = {"run_id": run_id, "name": name, "sha256": sha256, "replace": "true"}
        self._shown = {WORKER_HEADER: found.key} if name in (MANIFEST, LOG) else {}
        self._path = path
        self._upload = ""
        self.offset = 0

    def attempt(self) -> str:
        """Send what is not there yet, and return the URL of the file."""
        with _client(self._gateway) as client, self._path.open("rb") as file:
            nbytes = self._path.stat().st_size
            if self._upload and not self._is_known(client):
                self._upload, self.offset = "", 0
            if not self._upload and self._is_begun(client, nbytes):
                return self.url
            while True:
                file.seek(self.offset)
                count = min(_PIECE, nbytes - self.offset)
                is_last = self.offset + count == nbytes
                self._send(client, file, count, is_last=is_last)
                self.offset += count
                if is_last:
                    return self.url

    def _is_begun(self, client: httpx.Client, nbytes: int) -> bool:
        """Begin; return whether the very file is there already."""
        headers = {"Upload-Complete": "?0", "Upload-Length": str(nbytes), **self._shown}
        answer = _asked(client, "POST", self._begin, params=self._query, headers=headers)
        if answer.status_code == 200:
            return True
        self._upload = str(answer.json()["upload_id"])
        return False

    def _is_known(self, client: httpx.Client) -> bool:
        """Ask how far it is; return whether the server still has what it got."""
        try:
            answer = _asked(client, "HEAD", self._upload_url)
        except _GoneError:
            return False
        self.offset = int(answer.headers["Upload-Offset"])
        return True

    def _send(self, client: httpx.Client, file: Any, count: int, *, is_last: bool) -> None:
        headers = {
            "Content-Type": "application/partial-upload",
            "Content-Length": str(count),
            "Upload-Offset": str(self.offset),
            "Upload-Complete": "?1" if is_last else "?0",
        }
        try:
            _asked(client, "PATCH", self._upload_url, headers=headers, content=_pieces(file, count))
        except _GoneError as error:
            # It may have been finished, with the answer lost: the next try finds out.
            raise PassingError("the server does not know the upload any more") from error

    @property
    def _upload_url(self) -> str:
        return f"{self._gateway.base_url.rstrip('/')}/api/v1/uploads/{self._upload}"


class _GoneError(ArtifactError):
    """The server does not have what was asked for."""


@contextmanager
def _client(found: Gateway) -> Iterator[httpx.Client]:
    import httpx

    timeout = httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS)
    # Proxies of the environment are for what is outside of the cluster.
    with httpx.Client(
        headers=found.headers(), timeout=timeout, trust_env=False, verify=_trusted(found)
    ) as client:
        yield client


def _trusted(found: Gateway) -> ssl.SSLContext | bool:
    """Return whom to trust: a cluster mostly has an authority of its own, which Dask is told."""
    import dask.config
    import httpx

    if not found.base_url.startswith("https:"):
        return True
    context = httpx.create_ssl_context()
    for name in _AUTHORITIES:
        if file := dask.config.get(name, None):
            context.load_verify_locations(file)
    return context


@contextmanager
def _passing() -> Iterator[None]:
    import httpx

    try:
        yield
    except httpx.TransportError as error:
        raise PassingError(f"{type(error).__name__}: {error}") from error


def _asked(client: httpx.Client, method: str, url: str, **request: Any) -> httpx.Response:
    with _passing():
        answer = client.request(method, url, **request)
    _check(answer)
    return answer


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    text = _why(answer)
    if answer.status_code in (404, 410):
        raise _GoneError(text)
    # Somebody else's write of the same part, such as that of the attempt before, ends soon.
    is_held = answer.status_code in (409, 422) and answer.request.method != "POST"
    if answer.status_code in _PASSING or is_held:
        raise PassingError(text)
    raise ArtifactError(f"the scheduler's web server refuses: {text}")


def _why(answer: httpx.Response) -> str:
    try:
        answer.read()
        return f"{answer.json()['error']} (status {answer.status_code})"
    except (ValueError, KeyError, TypeError):
        return f"status {answer.status_code}"


def _pieces(file: Any, count: int) -> Iterator[bytes]:
    cap = bandwidth()
    while count and (piece := file.read(min(cap.chunk, count))):
        cap.take(len(piece))
        count -= len(piece)
        yield piece
    if count:
        raise ArtifactError(f"{file.name} became shorter while it was sent")


def _fetched(client: httpx.Client, url: str, start: int) -> Iterator[bytes]:
    """Yield a file from an offset on."""
    headers = {"Range": f"bytes={start}-"} if start else {}
    cap = bandwidth()
    with _passing(), client.stream("GET", url, headers=headers) as answer:
        # Nothing is missing of what is there.
        if start and answer.status_code == 416:
            return
        _check(answer)
        if start and answer.status_code != 206:
            raise ArtifactError("the server does not send a part of the file")
        for piece in answer.iter_bytes(cap.chunk):
            cap.take(len(piece))
            yield piece
