"""Reading and removing what tasks left, on behalf of clients that cannot see it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from maze_nb.worker.files.result_files import LONGEST_PIECE, ResultFiles


@pytest.fixture
def files(tmp_path) -> ResultFiles:
    folder = tmp_path / "results"
    (folder / "run" / "task" / "sub").mkdir(parents=True)
    (folder / "run" / "task" / "a").write_bytes(b"0123456789")
    (folder / "run" / "task" / "sub" / "b").write_bytes(b"x" * 3)
    (tmp_path / "secret").write_text("secret")
    os.symlink(tmp_path / "secret", folder / "run" / "task" / "link")
    os.symlink(tmp_path, folder / "run" / "task" / "up")
    os.mkfifo(folder / "run" / "task" / "pipe")
    return ResultFiles(folder)


def ask(files: ResultFiles, name: str, *arguments: Any) -> dict[str, Any]:
    return asyncio.run(asyncio.wait_for(files.handlers[name](*arguments), 10))


@pytest.mark.parametrize(
    ("offset", "length", "expected"),
    [(0, 100, b"0123456789"), (0, 4, b"0123"), (7, 100, b"789"), (10, 5, b""), (99, 5, b"")],
)
@pytest.mark.parametrize("is_absolute", [True, False])
def test_a_part_of_a_file(files, tmp_path, offset, length, expected, is_absolute):
    path = "run/task/a"
    path = str(tmp_path / "results" / path) if is_absolute else path
    found = ask(files, "maze_read_file", path, offset, length)
    assert found == {"data": expected, "size": 10}


def test_a_call_reads_no_more_than_the_longest_piece(files, tmp_path):
    with (tmp_path / "results" / "big").open("wb") as file:
        file.truncate(LONGEST_PIECE + 10)
    found = ask(files, "maze_read_file", "big", 0, LONGEST_PIECE * 2)
    assert len(found["data"]) == LONGEST_PIECE
    rest = ask(files, "maze_read_file", "big", LONGEST_PIECE, LONGEST_PIECE)
    assert (len(rest["data"]), rest["size"]) == (10, LONGEST_PIECE + 10)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("../secret", "is not in"),
        ("run/task/link", "is not in"),
        ("run/task/up/secret", "is not in"),
        ("/etc/passwd", "is not in"),
        ("run/../../secret", "is not in"),
        ("run/task", "is no ordinary file"),
        ("run/task/pipe", "is no ordinary file"),
        ("run/task/gone", "No such file"),
        ("run/task/a/b", "Not a directory"),
        ("run/task/\0", "null"),
    ],
)
def test_nothing_else_is_read(files, path, text):
    found = ask(files, "maze_read_file", path, 0, 100)
    assert list(found) == ["error"]
    assert text in found["error"]


@pytest.mark.parametrize(("offset", "length"), [(-1, 5), (0, -1)])
def test_numbers_that_make_no_sense_are_refused(files, offset, length):
    found = ask(files, "maze_read_file", "run/task/a", offset, length)
    assert "must not be negative" in found["error"]


def test_the_files_of_a_task_are_listed(files, tmp_path):
    assert ask(files, "maze_list_files", "run", "task") == {
        "folder": str(tmp_path / "results" / "run" / "task"),
        "files": {"a": 10, "sub/b": 3},
    }
    assert ask(files, "maze_list_files", "run", "other")["files"] == {}
    assert ask(files, "maze_list_files", "..", "..")["files"] == {}


def test_the_folders_of_runs_are_removed_and_nothing_else(files, tmp_path):
    (tmp_path / "results" / "other").mkdir()
    assert ask(files, "maze_drop_results", ["run", "gone", "..", ""]) == {"dropped": ["run"]}
    assert [each.name for each in (tmp_path / "results").iterdir()] == ["other"]
    assert (tmp_path / "secret").read_text() == "secret"


def test_a_folder_that_is_none_is_told(files, tmp_path):
    Path(tmp_path / "results" / "file").touch()
    found = ask(files, "maze_drop_results", ["file", "run"])
    assert found["dropped"] == ["run"]
    assert "file" in found["error"]
