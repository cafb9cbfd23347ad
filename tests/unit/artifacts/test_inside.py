"""Names of files below a folder, and that none of them leads out of it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.artifacts.inside import NotAFileError, folder_inside, inside_name, open_inside
from maze_nb.errors import ArtifactError


@pytest.mark.parametrize(
    "name", ["a", "a/b.txt", "größe", "a b", "...", "..a", "100%", "50%-a", "a:b"]
)
def test_names_that_are_names(name: str) -> None:
    assert inside_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "C:", "c:/a",
        "\0", "a\0", "a\r", "%2e%2e", "%2E%2E/a", "%252e%252e", "%25252e%25252e", "a%2f..%2fb",
        "%00", "%5c", "\udc80", "x" * 256, "é" * 128, "/".join(["a" * 100] * 11),
    ],
)  # fmt: skip
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ArtifactError, match="no name for a file"):
        inside_name(name)


@given(st.text(max_size=40) | st.text("./\\%2e5c", max_size=20))
def test_whatever_is_a_name_stays_below_however_often_it_is_decoded(text: str) -> None:
    try:
        name = inside_name(text)
    except ArtifactError:
        return
    for found in (name, quote(name)):
        assert os.path.normpath(os.path.join("/root/run/task", found)).startswith("/root/run/task/")


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "run" / "task").mkdir(parents=True)
    out.mkdir()
    (out / "secret").write_text("secret")
    (root / "run" / "task" / "way").symlink_to(out)
    (root / "run" / "task" / "link").symlink_to(out / "secret")
    (root / "run" / "far").symlink_to(out)
    for folder, name in (
        (("run", "task"), "link"),
        (("run", "task"), "way/secret"),
        (("run", "far"), "secret"),
        (("run", "task"), "way"),
        (("run", "none"), "secret"),
    ):
        with pytest.raises(NotAFileError):
            open_inside(root, folder, name)
    with pytest.raises(NotAFileError), folder_inside(root, ("run", "far", "new"), make=True):
        pass
    assert not (out / "new").exists()


def test_a_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "run" / "task" / "deep").mkdir(parents=True)
    (tmp_path / "run" / "task" / "deep" / "file").write_text("content")
    with os.fdopen(open_inside(tmp_path, ("run", "task"), "deep/file")) as file:
        assert file.read() == "content"
