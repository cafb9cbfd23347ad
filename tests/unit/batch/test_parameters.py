"""Parameters from files and the command line."""

from __future__ import annotations

import base64

import pytest

from maze_nb.batch.parameters import parse_value, read_parameters
from maze_nb.errors import InputError, MazeError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("1e-3", 0.001),
        ("0.5", 0.5),
        ("True", True),
        ("False", False),
        ("None", None),
        ("true", "true"),
        ("yes", "yes"),
        ("2026-01-02", "2026-01-02"),
        ("a b", "a b"),
        ("", ""),
    ],
)
def test_parse_value(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_the_last_one_given_wins(tmp_path):
    first, second, empty = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml"))
    first.write_text("alpha: 1\nbeta: [1, 2]\n")
    second.write_text("alpha: 2\ngamma: {deep: true}\nday: 2026-01-02\n")
    empty.write_text("")
    found = read_parameters([first, second, empty], [("beta", "x"), ("delta", "4")])
    assert found.values == {
        "alpha": 2, "beta": "x", "gamma": {"deep": True}, "day": "2026-01-02", "delta": 4,
    }  # fmt: skip
    assert found.texts == {"beta": "x", "delta": "4"}


def test_the_order_is_that_of_papermill(tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("b: file\nc: file\nd: file\ne: file")
    found = read_parameters(
        [file],
        [("d", "1"), ("e", "1")],
        encoded=[encoded("a: base64\nb: base64")],
        yaml=["c: yaml", "{d: yaml}"],
        raw=[("e", "2")],
    )
    assert found.values == {"a": "base64", "b": "file", "c": "yaml", "d": 1, "e": "2"}
    assert found.texts == {"d": "1"}


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"a: [1", "cannot be read as YAML"),
        (b"- 1\n- 2\n", "one 'name: value' a line"),
        (b"1: 2\n", "one 'name: value' a line"),
        (b"\xff\xfe\xff", "cannot be read as YAML"),
    ],
)
def test_bad_file_is_named(tmp_path, content, complaint):
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=complaint) as caught:
        read_parameters([path], [])
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"encoded": ["a: 1"]}, "is not YAML encoded as base64"),
        ({"encoded": [encoded("- 1")]}, "one 'name: value' a line"),
        ({"yaml": ["a: ["]}, "cannot be read as YAML"),
        ({"yaml": ["only text"]}, "one 'name: value' a line"),
        ({"files": ["/no/such/file.yaml"]}, "/no/such/file.yaml cannot be reached"),
    ],
)
def test_what_cannot_be_read_is_named(given, complaint):
    with pytest.raises(MazeError, match=complaint):
        read_parameters(**given)
