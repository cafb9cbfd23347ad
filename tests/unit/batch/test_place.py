"""Where notebooks are read from and written to."""

from __future__ import annotations

import stat

import nbformat
import pytest
from papermill.iorw import papermill_io

from maze_nb.batch.place import filled_in, literally, name_of, read_notebook, resolved, write_whole
from maze_nb.errors import MazeError


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("folder/a.ipynb", "a.ipynb"),
        ("https://host/folder/a.ipynb?token=x/y", "a.ipynb"),
        ("s3://bucket/folder/a.ipynb", "a.ipynb"),
    ],
)
def test_name_of(place, name):
    assert name_of(place) == name


def test_names_of_parameters_are_filled_in(tmp_path):
    assert filled_in("out/{alpha}-{beta}.ipynb", {"alpha": 1, "beta": "x"}) == "out/1-x.ipynb"
    with pytest.raises(MazeError, match="gamma"):
        filled_in("out/{gamma}.ipynb", {})
    with pytest.raises(MazeError, match="cannot be filled in"):
        filled_in("out/{.ipynb", {})
    assert filled_in(literally("out/{x}.ipynb"), {}) == "out/{x}.ipynb"


def test_resolved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert resolved("a.ipynb") == str(tmp_path / "a.ipynb")
    assert resolved("s3://b/a.ipynb") == "s3://b/a.ipynb"


@pytest.mark.parametrize("content", ["{}", "", "[]", "null", '{"nbformat": 4}', "<html>"])
def test_what_is_no_notebook(tmp_path, content):
    path = tmp_path / "a.ipynb"
    path.write_text(content)
    with pytest.raises(MazeError, match="is not a notebook that can be read"):
        read_notebook(path)


def test_what_is_not_there(tmp_path):
    with pytest.raises(MazeError, match="cannot be reached"):
        read_notebook(tmp_path / "no.ipynb")
    with pytest.raises(MazeError, match="cannot be reached"):
        read_notebook("http://127.0.0.1:9/a.ipynb")


def test_a_package_that_is_missing_is_named():
    with pytest.raises(MazeError, match=r"pip install 'papermill\[gs\]'"):
        read_notebook("gs://bucket/a.ipynb")


def test_files_are_written_whole(tmp_path):
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), path)
    path.chmod(0o640)
    link = tmp_path / "link.ipynb"
    link.symlink_to(path)
    with path.open() as before:
        place = write_whole(str(link))
        papermill_io.write("new", place)
        assert before.read().startswith("{"), "who reads it has all of the one before"
    assert path.read_text() == "new"
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.ipynb", "link.ipynb"]
