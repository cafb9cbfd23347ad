"""Values in files of their own: whole or not there, and never something else."""

from __future__ import annotations

import contextlib
import hashlib
import re
import resource
from collections.abc import Iterator

import numpy as np
import pytest

from maze_nb.errors import ResultLostError
from maze_nb.wire.packed import Packed, pack
from maze_nb.wire.value_file import (
    MAGIC,
    load_once,
    read_value,
    read_value_bytes,
    replacing,
    write_value,
)

VALUES = [
    None,
    "text",
    list(range(50_000)),
    np.arange(300_000.0),
    np.asfortranarray(np.arange(60_000).reshape(200, 300)),
    np.arange(100_000)[::3],
    np.zeros(0),
    np.zeros((0, 4)),
    {"a": np.arange(3), "b": [np.arange(100_000, dtype="c16"), b"x" * 100_000]},
    [np.arange(index) for index in range(2000)],
]


def flat(value):
    """Return a value in a form that can be compared."""
    if isinstance(value, np.ndarray):
        return (value.shape, value.dtype, value.tolist())
    if isinstance(value, list):
        return [flat(each) for each in value]
    return {name: flat(each) for name, each in value.items()} if type(value) is dict else value


@contextlib.contextmanager
def small_files() -> Iterator[None]:
    """Let this process write at most 10 kB to a file, as if the disk were full then.

    Only inside the block: what the tests print may be a file too.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("way", ["file", "bytes", "bytearray"])
def test_a_value_comes_back_as_it_was(tmp_path, value, way):
    path = tmp_path / "a.value"
    digest, nbytes = write_value(path, pack(value, "it"))
    content = path.read_bytes()
    assert (digest, nbytes) == (hashlib.sha256(content).hexdigest(), len(content))
    if way == "file":
        found = read_value(path, digest)
    else:
        found = read_value_bytes({"bytes": bytes, "bytearray": bytearray}[way](content), digest)
    assert flat(found.load()) == flat(value)
    assert flat(load_once(found)) == flat(value)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("way", ["file", "bytes", "bytearray"])
def test_arrays_are_aligned_not_copied_and_can_be_written_to(tmp_path, way):
    path = tmp_path / "a.value"
    write_value(path, pack([np.ones(3, "i1"), np.zeros(1000, "c16")], "it"))
    content = bytearray(path.read_bytes())
    given = bytes(content) if way == "bytes" else content
    found = read_value(path) if way == "file" else read_value_bytes(given)
    small, array = load_once(found)
    assert array.flags.writeable
    assert small.flags.writeable
    assert array.flags.aligned
    array[0] = 7
    assert bytes(found.buffers[1][:8]) == np.float64(7).tobytes()
    assert found.load()[1][0] == 7


def test_a_packed_value_that_came_from_a_file_can_be_written_and_read_again(tmp_path):
    write_value(tmp_path / "a", pack(np.arange(10_000), "it"))
    found = read_value(tmp_path / "a")
    assert write_value(tmp_path / "b", found) == write_value(tmp_path / "a", found)
    assert read_value(tmp_path / "b").load().sum() == 49_995_000


def bad_header(content: bytes) -> bytes:
    return content[:8] + (2**62).to_bytes(8, "little") + content[16:]


def bad_length(content: bytes) -> bytes:
    return content[:16] + (2**62).to_bytes(8, "little") + content[24:]


@pytest.mark.parametrize(
    ("change", "is_seen_without_digest", "text"),
    [
        (lambda content: content[:-1], True, "is not complete"),
        (lambda content: content[:40], True, "is not complete"),
        (lambda content: content[:10], True, "is not complete"),
        (lambda content: b"", True, "is not complete"),
        (lambda content: content + b"x", True, "holds something else"),
        (lambda content: content[:-1] + b"x", False, "holds something else than the task made"),
        (bad_header, True, "is not complete"),
        (bad_length, True, "is not complete"),
        (lambda content: b"PICKLE" + content[6:], True, "is not a value that this version"),
        (lambda content: MAGIC + bytes(len(content) - 8), True, "is not complete"),
    ],
)
@pytest.mark.parametrize("with_digest", [True, False])
def test_what_is_not_the_value_is_refused(
    tmp_path, change, is_seen_without_digest, text, with_digest
):
    path = tmp_path / "a.value"
    digest, _ = write_value(path, pack(np.arange(1000), "it"))
    changed = change(path.read_bytes())
    path.write_bytes(changed)
    if not with_digest and not is_seen_without_digest:
        read_value(path)
        return
    used = digest if with_digest else None
    with pytest.raises(ResultLostError, match=re.escape(f"the file {path} {text}")):
        read_value(path, used)
    with pytest.raises(ResultLostError, match="the file that was sent"):
        read_value_bytes(changed, used)


def test_nothing_is_unpickled_before_the_digest_is_right(tmp_path):
    write_value(tmp_path / "a", Packed(b"no pickle at all"))
    with pytest.raises(ResultLostError, match="something else than the task made"):
        read_value(tmp_path / "a", "0" * 64)


@pytest.mark.parametrize(
    ("path", "text"),
    [("gone", "is not there any more"), ("file/a", "cannot be read"), ("folder", "cannot be read")],
)
def test_what_cannot_be_read_is_lost(tmp_path, path, text):
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(ResultLostError, match=text):
        read_value(tmp_path / path)


def test_what_was_not_written_to_its_end_leaves_nothing(tmp_path):
    path = tmp_path / "a"
    path.write_text("before")

    def interrupt() -> None:
        with replacing(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupt()
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    assert path.read_text() == "before"
    with replacing(path) as file:
        file.write(b"after")
    assert path.read_text() == "after"


def test_what_cannot_be_written_to_its_end_is_told_and_nothing_stays(tmp_path):
    with small_files(), pytest.raises(OSError, match="File too large"):
        write_value(tmp_path / "a", pack(np.zeros(10_000), "it"))
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_or_taken_is_told(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileNotFoundError):
        write_value(tmp_path / "nowhere" / "a", pack(1, "it"))
    with pytest.raises(IsADirectoryError):
        write_value(tmp_path / "folder", pack(1, "it"))
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]
