"""Artifacts on web servers: read from any, kept on those that take files by PUT."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.copying import fill, filled, part_file
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.location import checked_name, scheme_of, shown
from maze_nb.artifacts.tries import PassingError, with_tries
from maze_nb.artifacts.web_reading import Reading, digest_there
from maze_nb.errors import ArtifactError

# It takes a tenth of a second to be imported.
if TYPE_CHECKING:
    import httpx

_CONNECT_SECONDS = 10.0
_SECONDS = 120.0
_PASSING = (408, 425, 429)
_TAKES_NONE = (404, 405, 501)


class WebStore:
    """Keeps files under a URL of a web server.

    Headers, such as one that lets in, come from fsspec's configuration, as in
    ``FSSPEC_HTTPS='{"headers": {"Authorization": "Bearer …"}}'``; a user and a password from
    ``~/.netrc``.

    Parameters
    ----------
    url
        ``https://host/folder``, or the URL of a file.
    """

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def put(self, path: Path, name: str, sha256: str) -> str:
        """Send a file by PUT, and hold what is there then against it; see `ArtifactStore.put`."""
        url = f"{self._url}/{quote(checked_name(name))}"
        what = f"{path.name} was not sent to {shown(url)}"
        with_tries(partial(_sent, url, path, sha256, what), what)
        return url

    def get(self, url: str, to: Path, sha256: str = "") -> None:
        """Fetch what is at a URL; see `ArtifactStore.get`."""
        what = f"{shown(url)} was not fetched"
        # Without its hash, only this very call can go on with what it began.
        mark = sha256 or uuid.uuid4().hex
        reading = Reading(url)

        def attempt() -> None:
            with _talking(url, what) as client:
                fill(to, mark, sha256, partial(reading.pieces, client, _check))

        try:
            filled(attempt, what, to, lambda: mark)
        finally:
            if not sha256:
                part_file(to, mark).unlink(missing_ok=True)


def _sent(url: str, path: Path, sha256: str, what: str) -> None:
    digest, nbytes = digest_of(path)
    if digest != sha256:
        raise ArtifactError(f"{what}: it was changed after its task left it")
    told = base64.b64encode(bytes.fromhex(sha256)).decode()
    headers = {"Content-Length": str(nbytes), "Repr-Digest": f"sha-256=:{told}:"}
    with _talking(url, what) as client:
        answer = client.put(url, headers=headers, content=_read(path))
        if answer.status_code in _TAKES_NONE:
            raise ArtifactError(
                f"{what}: the server takes no files by PUT there (status {answer.status_code})"
            )
        _check(answer)
        found = digest_there(client, url, _check)
        if found != sha256:
            with suppress(Exception):
                client.delete(url)
            raise PassingError(f"what is there afterwards has the SHA-256 {found}, not {sha256}")


def _read(path: Path) -> Iterator[bytes]:
    cap = bandwidth()
    with path.open("rb") as file:
        while piece := file.read(cap.chunk):
            cap.take(len(piece))
            yield piece


def _check(answer: httpx.Response) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    if status >= 500 or status in _PASSING:
        raise PassingError(f"the server says {status} {answer.reason_phrase}")
    raise ArtifactError(f"the server says {status} {answer.reason_phrase}")


@contextmanager
def _talking(url: str, what: str) -> Iterator[httpx.Client]:
    """Yield a client; what may pass is raised as `PassingError`, all else as ArtifactError."""
    import httpx

    timeout = httpx.Timeout(_SECONDS, connect=_CONNECT_SECONDS)
    settings = _settings(url)
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True, **settings) as client:
            yield client
    except httpx.TransportError as error:
        raise PassingError(f"{type(error).__name__}: {error}") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ArtifactError(f"{what}: {type(error).__name__}") from error
    except ArtifactError as error:
        if str(error).startswith(what):
            raise
        raise ArtifactError(f"{what}: {error}") from error
    except OSError as error:
        raise PassingError(str(error)) from error


def _settings(url: str) -> dict[str, Any]:
    import httpx
    from fsspec.config import conf

    headers = dict(conf.get(scheme_of(url), {}).get("headers", {}))
    if any(name.lower() == "authorization" for name in headers):
        return {"headers": headers}
    netrc = Path(os.environ.get("NETRC", "~/.netrc")).expanduser()
    return {"headers": headers, "auth": httpx.NetRCAuth(str(netrc)) if netrc.is_file() else None}
