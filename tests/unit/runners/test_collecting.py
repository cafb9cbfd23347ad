"""Files that are outputs: by name, by pattern, and what is said of those that are not there."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from maze_nb.errors import InputError, TaskFailedError
from maze_nb.runners.collecting import check_pattern, collect, forget


@pytest.fixture
def places(tmp_path) -> tuple[Path, Path]:
    work, own = tmp_path / "own" / ".work", tmp_path / "own"
    (work / "build" / "deep").mkdir(parents=True)
    (work / "inputs" / "src").mkdir(parents=True)
    (work / "inputs" / "src" / "in.log").write_text("in")
    for name in ("build/b.log", "build/a.log", "build/deep/c.log", "one.bin"):
        (work / name).write_text(name)
    return work, own


def test_files_move_into_the_folder_of_the_task(places) -> None:
    work, own = places
    found = collect({"one": "one.bin", "logs": "build/*.log"}, work, own, "command 'c'")
    assert [each.name for each in found["logs"]] == ["build/a.log", "build/b.log"]
    one = found["one"]
    assert (one.url, one.nbytes) == ((own / "one.bin").as_uri(), 7)
    assert one.sha256 == hashlib.sha256(b"one.bin").hexdigest()
    assert one.read_text() == "one.bin"
    assert not (work / "one.bin").exists()


def test_one_file_can_be_several_outputs_and_inputs_are_none(places) -> None:
    work, own = places
    found = collect({"a": "build/a.log", "all": "**/*.log"}, work, own, "command 'c'")
    assert [each.name for each in found["all"]] == [
        "build/a.log", "build/b.log", "build/deep/c.log",
    ]  # fmt: skip
    assert found["a"] == found["all"][0]


def test_what_a_link_names_is_copied(places) -> None:
    work, own = places
    os.symlink(work / "build/a.log", work / "link")
    found = collect({"it": "link"}, work, own, "command 'c'")["it"]
    assert Path(found.path).read_text() == "build/a.log"
    assert not (own / "link").is_symlink()


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (
            "two.bin",
            "not leave 'two.bin', its output 'it'; in its folder are: one.bin, build/a.log",
        ),
        ("*.txt", "did not leave '*.txt'"),
        ("build", "as a folder: give a pattern for the files in it, such as 'build/**/*'"),
    ],
)
def test_one_that_is_missing_is_named_and_nothing_moves(places, pattern, said) -> None:
    work, own = places
    with pytest.raises(TaskFailedError) as found:
        collect({"one": "one.bin", "it": pattern}, work, own, "command 'c'")
    assert said in str(found.value)
    assert "in.log" not in str(found.value)
    assert str(work) not in str(found.value)
    assert (work / "one.bin").exists()


@pytest.mark.parametrize("is_own", [True, False])
def test_what_is_ours_is_not_told_as_left(tmp_path, is_own) -> None:
    for name in ("stdout.log", "manifest.json", "a-1-0.value", ".work-x/b", "sub/stdout.log"):
        path = tmp_path / "work" / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(name)
    work = tmp_path / "work"
    with pytest.raises(TaskFailedError) as found:
        collect({"it": "x"}, work, work if is_own else tmp_path, "container 'c'")
    left = str(found.value).partition("its folder are: ")[2].split(", ")
    both = ["a-1-0.value", "manifest.json", "stdout.log", ".work-x/b", "sub/stdout.log"]
    assert left == (both[-1:] if is_own else both)


def test_a_file_of_ours_is_not_written_over(places) -> None:
    work, own = places
    (work / "stdout.log").write_text("theirs")
    (own / "stdout.log").write_text("ours")
    with pytest.raises(TaskFailedError, match="name of a file of Maze's own"):
        collect({"it": "*.log"}, work, own, "command 'c'")
    assert (own / "stdout.log").read_text() == "ours"


@pytest.mark.parametrize(
    "pattern", ["", "/etc/passwd", "../x", "a/../../x", "a\0", 3, None, "stdout.log", "."]
)
def test_patterns_that_lead_elsewhere(pattern) -> None:
    with pytest.raises(InputError, match="output 'x' of task 't'"):
        check_pattern(pattern, "x", "task 't'")


@pytest.mark.parametrize(("pattern", "used"), [("./a//b", "a/b"), (Path("a/*"), "a/*")])
def test_patterns_as_they_are_used(pattern, used) -> None:
    assert check_pattern(pattern, "x", "task 't'") == used


def test_in_the_folder_of_a_task_our_own_files_are_no_outputs(tmp_path) -> None:
    for name in ("a.json", "responses.json", "manifest.json", ".work-x/b.json", "x-1-0.value"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    found = collect({"all": "**/*"}, tmp_path, tmp_path, "command 'a'")
    assert [each.name for each in found["all"]] == ["a.json"]
    forget({"all": "**/*"}, tmp_path)
    assert not (tmp_path / "a.json").exists()
    assert (tmp_path / "manifest.json").exists()
