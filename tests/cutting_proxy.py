"""A TCP proxy that cuts connections after random numbers of bytes."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading
from typing import Self


class CuttingProxy:
    """Passes on what comes, and resets the first connections that bring much.

    Parameters
    ----------
    behind
        Host and port of the real server.
    seed
        Of the random numbers.
    cuts
        How many connections are cut.
    least, most
        After so many bytes, both ways together.
    """

    def __init__(
        self,
        behind: tuple[str, int],
        *,
        seed: int,
        cuts: int,
        least: int = 1,
        most: int = 1 << 20,
    ) -> None:
        self._behind = behind
        self._random = random.Random(seed)
        self._cuts, self._least, self._most = cuts, least, most
        self._lock = threading.Lock()
        self._left = self._draw()
        self._is_over = False
        self.cut = self.came = self.went = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def cut_again(self, cuts: int) -> None:
        """Cut so many connections more."""
        with self._lock:
            self._cuts, self._left = self.cut + cuts, self._draw()

    def lead_to(self, behind: tuple[str, int]) -> None:
        """Lead new connections to another server."""
        self._behind = behind

    def forget(self) -> None:
        """Begin to count anew, and to cut."""
        with self._lock:
            self.cut = self.came = self.went = 0
            self._left = self._draw()

    def _draw(self) -> int:
        return self._random.randint(self._least, self._most)

    def _accept(self) -> None:
        while not self._is_over:
            try:
                ours, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self._open.add(ours)
            if self._is_over:
                return
            try:
                theirs = socket.create_connection(self._behind, timeout=10)
            except OSError:
                ours.close()
                continue
            theirs.settimeout(None)
            with self._lock:
                self._open.add(theirs)
            for source, target, name in ((ours, theirs, "went"), (theirs, ours, "came")):
                thread = threading.Thread(
                    target=self._pass_on, args=(source, target, name), daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, name: str) -> None:
        try:
            while data := source.recv(1 << 16):
                if self._is_cut(len(data), name):
                    raise ConnectionResetError("cut")
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            for each in (source, target):
                with contextlib.suppress(OSError):
                    # Reset, as only shut down it would take in what nobody reads.
                    reset = struct.pack("ii", 1, 0)
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    def _is_cut(self, count: int, name: str) -> bool:
        with self._lock:
            setattr(self, name, getattr(self, name) + count)
            if self.cut >= self._cuts:
                return False
            self._left -= count
            if self._left > 0:
                return False
            self.cut += 1
            self._left = self._draw()
            return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        with contextlib.suppress(OSError):
            socket.create_connection(self._socket.getsockname(), timeout=1).close()
        self._threads[0].join(10)
        with self._lock:
            ends = list(self._open)
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in (*ends, self._socket):
            end.close()
