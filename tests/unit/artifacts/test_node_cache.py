"""The files that a node fetched: once, whole, and not removed while they are used."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from maze_nb.artifacts.node_cache import CONTENT, NodeCache
from maze_nb.artifacts.uses import using
from maze_nb.errors import ArtifactError

DATA = b"content " * 500


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Source:
    """Something to fetch from, which counts."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data = data
        self.count = 0

    def __call__(self, draft: Path) -> None:
        self.count += 1
        draft.write_bytes(self.data)


def get(cache: NodeCache, data: bytes = DATA, name: str = "a.bin", source: Source | None = None):
    return cache.path(sha(data), name, len(data), source or Source(data))


@pytest.fixture
def cache(tmp_path: Path) -> NodeCache:
    return NodeCache(tmp_path / "cache", 2**20)


def test_what_is_here_is_not_fetched_again(cache: NodeCache) -> None:
    source = Source()
    paths = {get(cache, source=source) for _ in range(3)}
    assert source.count == 1
    assert cache.fetched(sha(DATA)) == 1
    (path,) = paths
    assert (path.name, path.read_bytes()) == ("a.bin", DATA)
    assert path.stat().st_mode & 0o222 == 0


def test_one_content_has_many_names(cache: NodeCache) -> None:
    source = Source()
    names = ["a.bin", "b c.txt", ".hidden", ".maze", "..", ""]
    paths = [get(cache, name=name, source=source) for name in names]
    assert source.count == 1
    assert len(set(paths)) == len(names)
    assert all(path.read_bytes() == DATA for path in paths)
    assert all(path.parent == cache.root / sha(DATA) for path in paths)


def test_threads_that_ask_at_once_have_it_fetched_once(cache: NodeCache) -> None:
    begun, source = threading.Barrier(8), Source()

    def ask(number: int) -> bytes:
        begun.wait(10)
        return get(cache, name=f"{number % 3}.bin", source=source).read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {DATA}
    assert source.count == 1


_ASK = """
import sys, hashlib
from pathlib import Path
from maze_nb.artifacts.node_cache import NodeCache
data, (root, counted) = b"content " * 500, sys.argv[1:]
def fetch(draft):
    with open(counted, "a") as file:
        file.write("fetched\\n")
    draft.write_bytes(data)
sys.stdin.readline()
cache = NodeCache(Path(root), 2**20)
found = cache.path(hashlib.sha256(data).hexdigest(), "a.bin", len(data), fetch)
assert found.read_bytes() == data
"""


def test_processes_that_ask_at_once_have_it_fetched_once(tmp_path: Path) -> None:
    counted = tmp_path / "counted"
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", _ASK, str(tmp_path / "cache"), str(counted)],
            stdin=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    for process in asking:
        process.communicate(b"go\n", timeout=60)
    assert [process.returncode for process in asking] == [0, 0, 0]
    assert counted.read_text() == "fetched\n"


def cut(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(DATA[:100])


def scribble(path: Path) -> None:
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.write(b"X")


def remove(path: Path) -> None:
    path.unlink()


def remove_content(path: Path) -> None:
    (path.parent / CONTENT).unlink()


@pytest.mark.parametrize(
    ("harm", "count"), [(cut, 2), (scribble, 2), (remove, 1), (remove_content, 2)]
)
def test_what_was_harmed_is_had_again(
    cache: NodeCache, harm: Callable[[Path], None], count: int
) -> None:
    source = Source()
    path = get(cache, source=source)
    with using():
        # Others have it under other names.
        get(cache, name="other.bin", source=source)
    harm(path)
    assert get(cache, source=source).read_bytes() == DATA
    assert get(cache, name="other.bin", source=source).read_bytes() == DATA
    assert source.count == count == cache.fetched(sha(DATA))


def test_what_is_only_touched_is_looked_at_and_stays(cache: NodeCache) -> None:
    source = Source()
    path = get(cache, source=source)
    os.utime(path, (1, 1))
    assert get(cache, source=source) == path
    assert source.count == 1


def test_something_else_than_was_wanted_is_not_kept(cache: NodeCache) -> None:
    with pytest.raises(ArtifactError, match=r"'a\.bin' is something else"):
        get(cache, source=Source(b"other"))
    source = Source()
    assert get(cache, source=source).read_bytes() == DATA
    assert source.count == 1


def test_a_fetch_that_fails_leaves_nothing(cache: NodeCache) -> None:
    def fail(draft: Path) -> None:
        draft.write_bytes(DATA[:10])
        raise ArtifactError("the line was cut")

    with pytest.raises(ArtifactError, match="the line was cut"):
        cache.path(sha(DATA), "a.bin", len(DATA), fail)
    assert not (cache.root / sha(DATA) / "a.bin").exists()
    assert get(cache).read_bytes() == DATA


def test_what_has_no_hash_is_refused(cache: NodeCache) -> None:
    for wrong in ("", "../..", "x" * 64):
        with pytest.raises(ArtifactError, match="no SHA-256"):
            cache.path(wrong, "a.bin", 1, Source())
    assert not cache.root.exists()


def kept(cache: NodeCache) -> set[str]:
    return {path.name for path in cache.root.iterdir()}


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path, 250)
    parts = [bytes([number]) * 100 for number in range(3)]
    with using():
        for number, part in enumerate(parts[:2]):
            use = get(cache, part).parent / ".maze" / "use"
            os.utime(use, (1000 + number, 1000 + number))
    with using():
        get(cache, parts[0])
    with using():
        get(cache, parts[2])
    assert kept(cache) == {sha(parts[0]), sha(parts[2])}


def test_what_is_in_use_stays_though_there_is_too_much(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path, 150)
    first, second, third = (bytes([number]) * 100 for number in range(3))
    with using():
        path = get(cache, first)
        with using():
            get(cache, second)
        with using():
            get(cache, third)
        assert path.read_bytes() == first
        assert kept(cache) == {sha(first), sha(third)}
    with using():
        get(cache, second)
    assert kept(cache) == {sha(second)}


_HOLD = """
import sys, hashlib
from pathlib import Path
from maze_nb.artifacts.node_cache import NodeCache
path = NodeCache(Path(sys.argv[1]), 150).path(
    hashlib.sha256(b"a" * 100).hexdigest(), "a", 100, lambda draft: draft.write_bytes(b"a" * 100)
)
print("held", flush=True)
sys.stdin.readline()
print(path.read_bytes() == b"a" * 100)
"""


def test_what_another_process_uses_stays_until_it_ends(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path, 150)
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with using():
            get(cache, b"b" * 100)
        assert kept(cache) == {sha(b"a" * 100), sha(b"b" * 100)}
        assert holder.communicate("go\n", timeout=30)[0] == "True\n"
    with using():
        get(cache, b"c" * 100)
    assert kept(cache) == {sha(b"c" * 100)}


def test_content_of_unknown_length_makes_room_too(tmp_path: Path) -> None:
    cache = NodeCache(tmp_path, 150)
    for data in (b"a" * 100, b"b" * 100):
        with using():
            cache.keep(sha(data), Source(data))
    assert kept(cache) == {sha(b"b" * 100)}


def test_locks_are_let_go(cache: NodeCache) -> None:
    def count() -> int:
        return sum(
            os.readlink(f"/proc/self/fd/{number}").startswith(str(cache.root))
            for number in os.listdir("/proc/self/fd")
            if os.path.lexists(f"/proc/self/fd/{number}")
        )

    with using():
        for number in range(20):
            get(cache, b"%d" % number)
            get(cache, b"%d" % number)
        assert count() == 20
    assert count() == 0
