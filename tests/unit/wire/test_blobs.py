"""Files named by their content: whole or not at all, and gone once nobody needs them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from maze_nb.errors import MazeError, ResultLostError
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import Ending, StoredRun
from maze_nb.store.prune import prune
from maze_nb.wire.blobs import GRACE, MODULES, BlobFolder
from maze_nb.wire.kept_value import MappedValue
from maze_nb.wire.packed import pack

NOW = 1e9


@pytest.fixture
def folder(tmp_path: Path) -> BlobFolder:
    return BlobFolder(tmp_path)


def age(folder: BlobFolder, name: str, seconds: float) -> None:
    os.utime(folder.path(name), (NOW - seconds, NOW - seconds))


def names(folder: BlobFolder) -> set[str]:
    return {f"{path.parent.name}/{path.name}" for path in folder.root.rglob("*") if path.is_file()}


def test_equal_values_are_one_file(folder):
    first, nbytes = folder.keep_value(pack(np.arange(1000), "it"))
    again, _ = folder.keep_value(pack(np.arange(1000), "it"))
    other, _ = folder.keep_value(pack(np.arange(1001), "it"))
    assert first == again != other
    assert folder.path(first).stat().st_size == nbytes
    assert names(folder) == {first, other}


def test_each_reader_has_a_value_to_himself(folder):
    name, _ = folder.keep_value(pack({"a": np.arange(1000)}, "it"))
    mine, yours = (MappedValue(folder.path(name)).load()["a"] for _ in range(2))
    mine[0] = 7
    assert (mine[0], yours[0]) == (7, 0)
    folder.path(name).unlink()
    assert yours.sum() == sum(range(1000))
    with pytest.raises(ResultLostError, match="cannot be read"):
        MappedValue(folder.path(name)).load()


@pytest.mark.parametrize("size", [1, 7, 10])
def test_pieces_make_a_file(folder, tmp_path, size):
    data = bytes(range(10))
    source = BlobFolder(tmp_path / "source")
    name = source.keep_bytes(MODULES, data)
    for offset in range(0, len(data), size):
        assert not folder.path(name).exists()
        folder.piece(name, "upload", offset, data[offset : offset + size], len(data))
    assert folder.read(name, 0) == (data, len(data))
    assert folder.read(name, 8) == (data[8:], len(data))
    assert names(folder) - names(source) <= {name}


@pytest.mark.parametrize(
    ("name", "upload", "words"),
    [
        ("values/" + "0" * 64, "upload", "something else"),
        ("values/" + "0" * 63, "upload", "no name"),
        ("../" + "0" * 64, "upload", "no name"),
        ("values/../values/" + "0" * 64, "upload", "no name"),
        ("values/" + "0" * 64, "../upload", "names no upload"),
    ],
)
def test_what_is_not_what_it_says_is_not_taken(folder, name, upload, words):
    with pytest.raises(MazeError, match=words):
        folder.piece(name, upload, 0, b"data", 4)
    assert names(folder) == set()


def test_what_comes_in_another_way_is_looked_at_too(folder):
    name = "modules/" + "0" * 64
    with pytest.raises(ResultLostError, match="something else"), folder.receive(name) as draft:
        draft.write_bytes(b"data")
    assert names(folder) == set()


def test_a_file_of_another_folder_is_linked(folder, tmp_path):
    other = BlobFolder(tmp_path / "other")
    name = other.keep_bytes(MODULES, b"data")
    folder.take(name, other.path(name))
    assert folder.path(name).samefile(other.path(name))


def test_only_what_nobody_needs_and_used_for_long_goes(folder):
    needed, fresh, old = (folder.keep_bytes(MODULES, data) for data in (b"1", b"2", b"333"))
    for name, seconds in ((needed, 9 * GRACE), (fresh, GRACE / 2), (old, 2 * GRACE)):
        age(folder, name, seconds)
    assert folder.sweep({needed}, NOW) == 3
    assert names(folder) == {needed, fresh}


def test_asking_for_a_file_counts_as_using_it(folder):
    name = folder.keep_bytes(MODULES, b"data")
    age(folder, name, 2 * GRACE)
    assert folder.has(name)
    assert folder.sweep(()) == 0
    assert not folder.has("modules/" + "0" * 64)


@pytest.mark.parametrize("is_dry", [False, True])
def test_pruning_runs_takes_what_only_they_used(folder, is_dry):
    store = MemoryRunStore()
    both, one = (folder.keep_bytes(MODULES, data) for data in (b"both", b"one"))
    for run_id, finished, uses in (("old", 100.0, (both, one)), ("new", NOW, (both,))):
        store.create(StoredRun(run_id, "w", "name", 1.0, uses=uses), b"", b"")
        store.write([], [Ending(run_id, "succeeded", finished, {})])
    for name in (both, one):
        os.utime(folder.path(name), (0, 0))
    found = prune(
        store, [], older_than=1000.0, keep_bytes=None, now=NOW, blobs=folder, is_dry=is_dry
    )
    assert found.run_ids == ("old",)
    assert names(folder) == ({both, one} if is_dry else {both})
