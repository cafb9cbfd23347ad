"""Folders of tasks: safe, told apart, and what in them is the task's own."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.files.task_folder import (
    LOG,
    SUMMARY,
    file_name,
    files_left,
    run_folder,
    task_folder,
    value_file_name,
)

NAMES = [
    "result",
    "a-b_c.d",
    "ä ö",
    "\ud800",
    "a/b",
    "a%2Fb",
    "",
    "%",
    ".",
    "..",
    "...",
    "%2E",
    "\0",
    "/etc/passwd",
    "../../up",
    "x" * 120,
    "x" * 300,
    "x" * 299 + "y",
    "\u3042" * 200,
]


def test_every_name_gets_a_file_name_of_its_own():
    for one, other in itertools.combinations(NAMES, 2):
        assert file_name(one) != file_name(other)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_name_is_safe(tmp_path, name):
    made = tmp_path / file_name(name)
    made.mkdir()
    assert list(tmp_path.iterdir()) == [made]
    assert Path(task_folder(tmp_path, name, name)).parent == run_folder(tmp_path, name)
    assert Path(tmp_path, value_file_name(name, 3)).parent == tmp_path


@pytest.mark.parametrize("name", ["result", "0123abcd", "a-b_c.d"])
def test_an_ordinary_name_stays_as_it_is(name):
    assert file_name(name) == name


def test_two_attempts_write_to_different_files():
    assert value_file_name("a", 1) != value_file_name("a", 1)
    assert value_file_name("a/b", 2).startswith("a%2Fb-2-")


def test_a_task_has_a_folder_from_when_it_asks(tmp_path):
    task = CurrentTask("run", "a/b", "name", 1, "w", "node", (), str(tmp_path))
    assert not task.has_folder
    assert not task.folder.exists()
    assert task.dir == task.folder == tmp_path / "run" / "a%2Fb"
    assert task.has_folder
    assert task.folder.is_dir()


def test_what_a_task_left_is_told_without_what_maze_put_there(tmp_path):
    for name in (LOG, SUMMARY, "a-1-0.value", ".0.tmp", "mine.txt", "sub/stdout.log", "sub/b/c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert files_left(tmp_path, 10) == ["mine.txt", "sub/stdout.log", "sub/b/c"]
    assert files_left(tmp_path, 2) == ["mine.txt", "sub/stdout.log"]
    assert files_left(tmp_path / "nowhere", 2) == []
