"""What is in the folder of a task is found in order, and nothing outside of it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from maze_nb.artifacts.left_files import left_files


def keep_all(_name: str) -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "task"
    made.mkdir()
    monkeypatch.chdir(made)
    return made


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)


def test_files_are_named_by_their_path_in_order(folder):
    fill(folder, "b", "a/z", "a/y/x", "c", "a b/ü")
    found = left_files(folder, keep_all)
    assert list(found.files) == ["b", "c", "a/z", "a/y/x", "a b/ü"]
    assert found.files["a/z"] == folder / "a" / "z"
    assert found.left_out == {}


def test_what_is_passed_over_is_so_with_all_that_is_in_it(folder):
    fill(folder, "log", "inputs/a", "inputs/b/c", "kept/log")
    found = left_files(folder, lambda name: name in ("log", "inputs"))
    assert list(found.files) == ["kept/log"]


@pytest.mark.parametrize(
    ("target", "is_kept"),
    [
        ("real", True),
        ("sub/../real", True),
        ("../outside", False),
        ("/etc/passwd", False),
        ("nowhere", False),
        ("link", False),
        ("sub", False),
        ("pipe", False),
    ],
)
def test_links_are_followed_only_to_files_of_the_folder(folder, target, is_kept):
    fill(folder, "real", "sub/a", "../outside")
    os.mkfifo(folder / "pipe")
    (folder / "link").symlink_to(target)
    found = left_files(folder, keep_all)
    assert ("link" in found.files, "link" in found.left_out) == (is_kept, not is_kept)


def test_a_folder_behind_a_link_is_not_looked_into(folder):
    fill(folder, "../outside/secret", "sub/a")
    (folder / "out").symlink_to("../outside")
    (folder / "in").symlink_to("sub")
    (folder / "sub" / "loop").symlink_to("..")
    found = left_files(folder, keep_all)
    assert list(found.files) == ["sub/a"]
    assert set(found.left_out) == {"out", "in", "sub/loop"}


def test_pipes_and_sockets_are_told_of(folder):
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
    found = left_files(folder, keep_all)
    assert found.left_out == dict.fromkeys(["pipe", "socket"], "no ordinary file")


def test_names_that_are_no_text_are_kept(folder):
    (folder / os.fsdecode(b"caf\xe9")).write_text("some")
    assert list(left_files(folder, keep_all).files) == ["caf\udce9"]


def test_of_very_many_files_the_first_are_told_of(folder):
    fill(folder, *(f"{number:03}" for number in range(20)))
    found = left_files(folder, keep_all, most=5)
    assert list(found.files) == ["000", "001", "002", "003", "004"]
    assert found.left_out == {"": "more than 5 files: the others are only in the folder"}


def test_a_folder_that_is_not_there_has_no_files(folder):
    found = left_files(folder / "nowhere", keep_all)
    assert found.files == {}
    assert list(found.left_out) == [""]
