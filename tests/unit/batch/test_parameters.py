"""Parameters from files and the command line."""

from __future__ import annotations

import pytest

from maze_nb.batch.parameters import check_names, parse_value, read_parameters
from maze_nb.errors import InputError


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


def test_the_last_one_given_wins(tmp_path):
    first, second, empty = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml"))
    first.write_text("alpha: 1\nbeta: [1, 2]\n")
    second.write_text("alpha: 2\ngamma: {deep: true}\n")
    empty.write_text("")
    found = read_parameters([first, second, empty], [("beta", "x"), ("delta", "4")])
    assert found == {"alpha": 2, "beta": "x", "gamma": {"deep": True}, "delta": 4}


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
    ("given", "known", "complaint"),
    [
        ({"alpha": 1}, ["alpha", "beta"], None),
        ({"anything": 1}, [], None),
        ({"alhpa": 1}, ["alpha", "beta"], "did you mean 'alpha'"),
        ({"zzz": 1}, ["alpha", "beta"], "known are: 'alpha', 'beta'"),
    ],
)
def test_unknown_name(tmp_path, given, known, complaint):
    if complaint is None:
        check_names(given, known, tmp_path)
    else:
        with pytest.raises(InputError, match=complaint):
            check_names(given, known, tmp_path)
