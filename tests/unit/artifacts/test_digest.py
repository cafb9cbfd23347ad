"""Files are read once as long as they do not change, and nothing is waited for."""

from __future__ import annotations

import hashlib
import os
import socket
import time
from pathlib import Path

import pytest

from maze_nb.artifacts import digest
from maze_nb.artifacts.digest import Digest, digest_of

LONG_AGO = time.time_ns() - 10**10


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def settled(path: Path, data: bytes, when: int = LONG_AGO) -> Path:
    path.write_bytes(data)
    os.utime(path, ns=(when, when))
    return path


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note each time that a file is really read."""
    found: list[int] = []
    real = digest._read

    def read(file, check):
        found.append(1)
        return real(file, check)

    monkeypatch.setattr(digest, "_read", read)
    return found


@pytest.mark.parametrize("data", [b"", b"some", b"x" * (2**20 + 7)])
def test_the_digest_is_that_of_the_content(tmp_path, data):
    path = settled(tmp_path / "a", data)
    assert digest_of(path) == Digest(sha256_of(data), len(data))


def test_an_unchanged_file_is_read_once(tmp_path, reads):
    path = settled(tmp_path / "a", b"some")
    assert digest_of(path) == digest_of(str(path))
    assert len(reads) == 1


def test_a_file_with_another_time_or_length_is_read_again(tmp_path, reads):
    path = settled(tmp_path / "a", b"some")
    found = [digest_of(path)]
    settled(path, b"more")
    found.append(digest_of(path))
    settled(path, b"longer")
    found.append(digest_of(path))
    assert [each.sha256 for each in found] == [*map(sha256_of, (b"some", b"more", b"longer"))]
    assert len(reads) == 3


def test_a_file_that_was_just_written_is_not_taken_for_known(tmp_path, reads):
    path = tmp_path / "a"
    for data in (b"one", b"two"):
        path.write_bytes(data)
        now = time.time_ns() + 10**9
        os.utime(path, ns=(now, now))
        assert digest_of(path).sha256 == sha256_of(data)
    assert len(reads) == 2


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "device", "nothing"])
def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path, kind, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = Path("/dev/zero") if kind == "device" else tmp_path / "a"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("a")
    with pytest.raises(OSError):
        digest_of(path)


def test_a_file_that_changes_all_the_time_is_refused(tmp_path, monkeypatch):
    path = settled(tmp_path / "a", b"some")
    tries = iter(range(100))
    real = digest._read

    def read(file, check):
        found = real(file, check)
        settled(path, b"some", LONG_AGO + next(tries) + 1)
        return found

    monkeypatch.setattr(digest, "_read", read)
    with pytest.raises(OSError, match="was changed while it was read"):
        digest_of(path)


def test_reading_can_be_given_up(tmp_path):
    path = settled(tmp_path / "a", b"x" * (3 * 2**20))

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        digest_of(path, stop)
    assert digest_of(path).nbytes == 3 * 2**20


def test_what_is_remembered_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(digest, "_KEPT", 3)
    for number in range(6):
        digest_of(settled(tmp_path / str(number), b"%d" % number))
    assert len(digest._known) <= 3
