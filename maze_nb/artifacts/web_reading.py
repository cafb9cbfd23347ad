"""Reads a file from a web server, and goes on where the connection was lost."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from maze_nb.artifacts.bandwidth import bandwidth
from maze_nb.artifacts.tries import PassingError

if TYPE_CHECKING:
    import httpx

_RANGE = re.compile(r"bytes (\d+)-")
_DIGEST = re.compile(r"sha-256=:?([A-Za-z0-9+/]{43}=):?", re.IGNORECASE)
_PLAIN = {"Accept-Encoding": "identity"}

Check = Callable[["httpx.Response"], None]


class Reading:
    """One file, in as many tries as it takes; it is not mixed with what takes its place."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._tag = ""

    def pieces(self, client: httpx.Client, check: Check, start: int) -> Iterator[bytes]:
        """Yield the content from an offset on.

        Raises
        ------
        PassingError
            If the file was replaced.
        """
        cap = bandwidth()
        headers = {**_PLAIN, "Range": f"bytes={start}-"} if start else _PLAIN
        with client.stream("GET", self._url, headers=headers) as answer:
            if start and answer.status_code == 416:
                return
            check(answer)
            self._hold(answer)
            skipped = start - _first_byte(answer)
            for piece in answer.iter_raw(cap.chunk):
                cap.take(len(piece))
                yield piece[skipped:] if skipped < len(piece) else b""
                skipped = max(0, skipped - len(piece))

    def _hold(self, answer: httpx.Response) -> None:
        tag = answer.headers.get("ETag", "") or answer.headers.get("Last-Modified", "")
        if self._tag and tag != self._tag:
            raise PassingError("it was replaced while it was fetched")
        self._tag = tag


def digest_there(client: httpx.Client, url: str, check: Check) -> str:
    """Return the SHA-256 of what a server has: as it says itself, else by reading it."""
    asked = {**_PLAIN, "Want-Repr-Digest": "sha-256=10"}
    answer = client.head(url, headers=asked)
    for name in ("Repr-Digest", "Digest"):
        found = _DIGEST.search(answer.headers.get(name, "")) if answer.is_success else None
        if found:
            return base64.b64decode(found[1]).hex()
    digest = hashlib.sha256()
    for piece in Reading(url).pieces(client, check, 0):
        digest.update(piece)
    return digest.hexdigest()


def _first_byte(answer: httpx.Response) -> int:
    """Return where what is sent begins: a server may send the whole in place of a part."""
    found = _RANGE.match(answer.headers.get("Content-Range", ""))
    return int(found[1]) if found and answer.status_code == 206 else 0
