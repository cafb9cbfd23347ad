"""Equal folders are packed to equal archives, whole or not at all, in little memory."""

from __future__ import annotations

import hashlib
import os
import random
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from maze_nb.artifacts.left_files import left_files
from maze_nb.artifacts.pack import pack

CONTENT = {"config.json": b"{}", "weights/a.bin": b"\0" * 70_000, "weights/b.bin": b"", "ü x": b"1"}


def keep_all(_name: str) -> bool:
    return False


def made(folder: Path, names: list[str], when: int) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(CONTENT[name])
        os.utime(path, (when, when))
    return folder


def packed(folder: Path, archive: Path) -> str:
    found = pack(left_files(folder, keep_all), archive)
    data = archive.read_bytes()
    assert (found.sha256, found.nbytes) == (hashlib.sha256(data).hexdigest(), len(data))
    return found.sha256


def test_times_order_and_owners_are_not_in_an_archive(tmp_path):
    one = made(tmp_path / "one", [*CONTENT], 1000)
    other = made(tmp_path / "other", [*reversed(CONTENT)], 2_000_000_000)
    assert packed(one, tmp_path / "a.tar.gz") == packed(other, tmp_path / "b.tar.gz")


@pytest.mark.parametrize("change", ["content", "name", "mode"])
def test_what_makes_a_difference_is_in_an_archive(tmp_path, change):
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    before = packed(folder, tmp_path / "a.tar.gz")
    path = folder / "config.json"
    if change == "content":
        path.write_bytes(b"[]")
    elif change == "name":
        path.rename(folder / "conf.json")
    else:
        path.chmod(0o755)
    assert packed(folder, tmp_path / "a.tar.gz") != before


def test_an_archive_holds_the_files(tmp_path):
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    packed(folder, tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
        assert all(entry.uid == entry.mtime == 0 and not entry.uname for entry in archive)
    found = left_files(tmp_path / "unpacked", keep_all).files
    assert {name: path.read_bytes() for name, path in found.items()} == CONTENT


def test_a_link_in_the_folder_is_packed_as_what_it_leads_to(tmp_path):
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    (folder / "latest").symlink_to("config.json")
    (folder / "out").symlink_to("/etc/passwd")
    packed(folder, tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        names = archive.getnames()
        assert archive.getmember("latest").isreg()
    assert "out" not in names


def test_what_fails_leaves_what_was_there(tmp_path):
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    archive = tmp_path / "a.tar.gz"
    before = packed(folder, archive)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pack(left_files(folder, keep_all), archive, stop)
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.gz", "one"]


def test_a_file_that_is_gone_meanwhile_is_left_out(tmp_path):
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    found = left_files(folder, keep_all)
    (folder / "config.json").unlink()
    pack(found, tmp_path / "a.tar.gz")
    assert "config.json" not in found.files
    assert "cannot be read" in found.left_out["config.json"]


@pytest.mark.parametrize(("data", "is_smaller"), [(bytes(2**20), True), (None, False)])
def test_what_gets_no_smaller_is_not_compressed(tmp_path, data, is_smaller):
    weights = random.Random(7).randbytes(2**20) if data is None else data
    folder = made(tmp_path / "one", [*CONTENT], 1000)
    (folder / "weights.bin").write_bytes(weights)
    before = packed(folder, tmp_path / "a.tar.gz")
    assert ((tmp_path / "a.tar.gz").stat().st_size < 2**20) == is_smaller
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        found = archive.extractfile("weights.bin")
        assert found is not None
        assert found.read() == weights
    assert packed(folder, tmp_path / "b.tar.gz") == before


def test_a_big_file_takes_little_memory(tmp_path):
    with (tmp_path / "big").open("wb") as file:
        file.truncate(64 * 2**20)
    folder = tmp_path / "one"
    folder.mkdir()
    (tmp_path / "big").rename(folder / "big")
    found = left_files(folder, keep_all)
    tracemalloc.start()
    try:
        pack(found, tmp_path / "a.tar.gz")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * 2**20
