"""A web server that takes files by PUT, and gives parts of them."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self
from urllib.parse import unquote, urlsplit

_PIECE = 1 << 16


class PuttingServer:
    """Keeps files in a folder; each is there when all of it has come.

    Parameters
    ----------
    token
        What has to be shown; empty: nothing.
    takes
        Whether it takes files.
    """

    def __init__(self, folder: Path, *, token: str = "", takes: bool = True, port: int = 0) -> None:
        folder.mkdir(exist_ok=True)
        handler = type("_Bound", (_Handler,), {"folder": folder, "token": token, "takes": takes})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.address = ("127.0.0.1", self._server.server_port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    token: str
    takes: bool
    protocol_version = "HTTP/1.1"
    # A connection that nobody uses any more ends, and its thread.
    timeout = 5

    def do_PUT(self) -> None:
        if not self._is_let_in():
            return
        if not self.takes:
            self._answer(405)
            return
        draft, left = self.folder / uuid.uuid4().hex, int(self.headers["Content-Length"])
        with draft.open("wb") as file:
            while left and (piece := self.rfile.read(min(left, _PIECE))):
                file.write(piece)
                left -= len(piece)
        if left:
            draft.unlink()
            self.close_connection = True
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft.replace(self._path)
        self._answer(201)

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if not self._path.is_file():
            self._answer(404)
            return
        size = self._path.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(asked[1]) if asked else 0
        if asked and start >= size:
            self._answer(416)
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.send_header("Content-Length", str(size - start))
        self.end_headers()
        with self._path.open("rb") as file:
            file.seek(start)
            while piece := file.read(_PIECE):
                self.wfile.write(piece)

    def do_DELETE(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
        self._answer(204)

    def handle_one_request(self) -> None:
        # Connections that are cut are what the tests are about.
        try:
            super().handle_one_request()
        except OSError:
            self.close_connection = True

    @property
    def _path(self) -> Path:
        return self.folder / unquote(urlsplit(self.path).path).lstrip("/")

    def _is_let_in(self) -> bool:
        if self.token and self.headers.get("Authorization") != f"Bearer {self.token}":
            self.close_connection = True
            self._answer(401)
            return False
        return True

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


if __name__ == "__main__":
    with PuttingServer(Path(sys.argv[1]), port=int(sys.argv[2])) as running:
        print(running.url, flush=True)
        threading.Event().wait(float(os.environ.get("SECONDS", "120")))
