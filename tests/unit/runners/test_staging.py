"""Inputs that become files of a command, and those that stay texts."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.url_input import UrlInput
from maze_nb.errors import ArtifactError, InputError
from maze_nb.runners.collecting import collect
from maze_nb.runners.staging import MOST_TEXT, stage


def artifact(folder: Path, name: str, text: str) -> Artifact:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    found = collect({"it": name}, folder, folder, "command 'c'")["it"]
    assert isinstance(found, Artifact)
    return found


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        ("", ""),
        (0.1, "0.1"),
        (True, "true"),
        (None, "null"),
        (np.float32(0.5), "0.5"),
        (np.int64(3), "3"),
        ("x" * MOST_TEXT, "x" * MOST_TEXT),
    ],
)
def test_texts_and_numbers_stay_texts(value, text, tmp_path) -> None:
    assert stage({"x": value}, tmp_path) == {"x": text}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "suffix", "read"),
    [
        ([1, {"a": "é"}], ".json", lambda path: json.loads(path.read_text())),
        ({}, ".json", lambda path: json.loads(path.read_text())),
        (b"\0\1", ".bin", Path.read_bytes),
        ("é" * MOST_TEXT, ".txt", Path.read_text),
        ({1, 2}, ".pkl", lambda path: pickle.loads(path.read_bytes())),
    ],
)
def test_everything_else_is_a_file(value, suffix, read, tmp_path) -> None:
    found = stage({"x": value}, tmp_path)["x"]
    assert found == str(tmp_path / "inputs" / "x" / f"x{suffix}")
    assert read(Path(found)) == value


def test_a_file_that_another_task_left_is_a_copy_of_its_own(tmp_path) -> None:
    left = artifact(tmp_path / "first", "build/a b.log", "one")
    found = Path(stage({"log": left}, tmp_path / "second")["log"])
    assert found == tmp_path / "second" / "inputs" / "log" / "a b.log"
    found.write_text("changed")
    assert left.read_text() == "one"


def test_lists_are_several_files_even_of_one_name(tmp_path) -> None:
    several = [artifact(tmp_path / where, "a.log", where) for where in ("1", "2", "3")]
    found = stage({"logs": several}, tmp_path / "work")["logs"]
    assert [Path(each).read_text() for each in found] == ["1", "2", "3"]
    assert {Path(each).name for each in found} == {"a.log"}


def test_dicts_are_folders_of_files_with_their_names(tmp_path) -> None:
    several = {"a.txt": artifact(tmp_path, "x", "1"), "sub/b.txt": artifact(tmp_path, "y", "2")}
    found = Path(stage({"all": several}, tmp_path / "work")["all"])
    assert (found / "a.txt").read_text() == "1"
    assert (found / "sub" / "b.txt").read_text() == "2"


@pytest.mark.parametrize("key", ["../x", "/etc/x", "a/../../x", "a\0"])
def test_no_name_leads_out_of_the_folder(key, tmp_path) -> None:
    with pytest.raises(InputError, match="no name of a file"):
        stage({"all": {key: artifact(tmp_path, "x", "1")}}, tmp_path / "work")


def test_paths_and_folders_are_copied_with_their_mode(tmp_path) -> None:
    source = tmp_path / "src"
    (source / "sub").mkdir(parents=True)
    (source / "run.sh").write_text("echo")
    (source / "run.sh").chmod(0o555)
    found = stage({"src": source, "run": source / "run.sh"}, tmp_path / "work")
    assert Path(found["src"], "sub").is_dir()
    assert os.access(found["run"], os.X_OK)
    Path(found["run"]).write_text("it can be changed")


def test_what_the_command_sees_may_be_another_path(tmp_path) -> None:
    found = stage({"x": [1]}, tmp_path, "/work")
    assert found == {"x": "/work/inputs/x/x.json"}
    assert (tmp_path / "inputs/x/x.json").exists()


def test_a_file_that_is_not_there_is_named(tmp_path) -> None:
    with pytest.raises(InputError, match=r"input 'x' is the file .*gone, which is not there"):
        stage({"x": tmp_path / "gone"}, tmp_path)


def test_files_come_by_url_whole_or_not_at_all(tmp_path) -> None:
    (tmp_path / "a b.csv").write_text("1,2")
    url = (tmp_path / "a b.csv").as_uri()
    found = stage({"rows": UrlInput(url)}, tmp_path / "work")["rows"]
    assert found.endswith("/inputs/rows/a b.csv")
    assert Path(found).read_text() == "1,2"
    with pytest.raises(ArtifactError):
        stage({"rows": UrlInput(f"{url}.gone")}, tmp_path / "other")
    assert list((tmp_path / "other/inputs/rows").iterdir()) == []


@pytest.mark.parametrize("url", ["data.csv", "https://host", "https://host/a%2fb", "s3://b/.."])
def test_what_is_no_url_of_a_file(url) -> None:
    with pytest.raises(InputError):
        UrlInput(url)
