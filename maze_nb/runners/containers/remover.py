"""Removes a container once the process that wants it is gone: a program of the standard library.

It goes on in the background. As long as its input is open it waits; if that ends without a word
it has the engine remove the container, again and again until the engine has answered.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
import time
from contextlib import closing
from urllib.parse import quote, urlsplit

_TRIES = 120
_AGAIN = 4
_SECONDS = 30.0


def main(url: str, container: str) -> None:
    """Wait for the end of the input; then remove the container, unless something was said."""
    if os.read(0, 1):
        return
    answered = 0
    for _ in range(_TRIES):
        # One more look later: what was asked for last may have been under way.
        answered += _remove(url, container)
        if answered >= _AGAIN:
            return
        time.sleep(0.5)


def _remove(url: str, container: str) -> bool:
    """Ask the engine once; say whether it has answered that the container is gone."""
    try:
        with closing(_connection(url)) as connection:
            connection.request("DELETE", f"/containers/{quote(container)}?force=1&v=1")
            return connection.getresponse().status in (200, 204, 404)
    except (OSError, http.client.HTTPException):
        return False


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return http.client.HTTPConnection(
            parts.hostname or "localhost", parts.port, timeout=_SECONDS
        )
    connection = http.client.HTTPConnection("localhost", timeout=_SECONDS)
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(_SECONDS)
    try:
        line.connect(parts.path)
    except OSError:
        line.close()
        raise
    connection.sock = line
    return connection


if __name__ == "__main__":
    if os.fork() == 0:
        main(*sys.argv[1:])
    os._exit(0)
