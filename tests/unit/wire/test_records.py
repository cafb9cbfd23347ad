"""What is recorded, as JSON and back."""

from __future__ import annotations

import json
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from maze_nb.errors import InputError
from maze_nb.sdk.record import record
from maze_nb.wire import records
from maze_nb.wire.records import Record, as_json, is_plain, read_file, read_notebook

CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)

CASES = {
    "a number": (0.93, (0.93, "")),
    "a list": ([1, [2, {"a": None}]], ([1, [2, {"a": None}]], "")),
    "a tuple": ((1, 2), ([1, 2], "tuple")),
    "keys that are numbers": ({1: "one"}, ({"1": "one"}, "dict")),
    "a number of numpy": (np.float32(0.5), (0.5, "float32")),
    "numbers of numpy in a list": ([np.int64(3)], ([3], "list")),
    "no number": (math.nan, ("nan", "float")),
    "infinite": (np.float32(-np.inf), ("-inf", "float")),
    "no number in a list": ([math.nan], None),
    "an array": (np.arange(3), None),
    "a set": ({1}, None),
    "bytes": (b"x", None),
    "an object": (object(), None),
    "half a character": ("\ud800", None),
    "a number too big for others": (2**70, None),
    "a circle": (CIRCLE, None),
}


@pytest.mark.parametrize(("value", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_value_as_json(value: object, wanted: object) -> None:
    assert as_json(value) == wanted
    if wanted is not None:
        assert json.loads(json.dumps(wanted, allow_nan=False)) == list(wanted)
        msgspec.json.encode(wanted)


@pytest.mark.parametrize("value", [value for value, _ in CASES.values()], ids=CASES.keys())
def test_whatever_is_recorded_comes_back_from_the_file(
    value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "records.jsonl"
    monkeypatch.setenv(records.FILE_VARIABLE, str(path))
    record("x", 0)
    record("x", value)
    found = read_file(path)
    assert list(found) == ["x"]
    told = as_json(value)
    if told is None:
        assert found["x"].text
    elif isinstance(value, float) and math.isnan(value):
        assert math.isnan(found["x"].shown)
    else:
        assert found["x"].value == told[0]


@pytest.mark.parametrize(("value", "wanted"), CASES.values(), ids=CASES.keys())
def test_what_is_not_plain_is_pickled_where_a_folder_is_named(
    value: object, wanted: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(records.FILE_VARIABLE, str(tmp_path / "records.jsonl"))
    monkeypatch.setenv(records.FOLDER_VARIABLE, str(tmp_path))
    record("x", value)
    made = read_file(tmp_path / "records.jsonl")["x"]
    assert bool(made.file) is not is_plain(value)
    assert (tmp_path / made.file).exists()


def test_what_cannot_be_pickled_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(records.FILE_VARIABLE, str(tmp_path / "records.jsonl"))
    monkeypatch.setenv(records.FOLDER_VARIABLE, str(tmp_path))
    with (tmp_path / "open").open("w") as file:
        record("file", file)
    assert "recorded as 'file'" in read_file(tmp_path / "records.jsonl")["file"].fault


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text('{"name": "a", "value": 1}\n{"name": "b", "val', encoding="utf-8")
    assert read_file(path) == {"a": Record("a", 1)}
    assert read_file(tmp_path / "none") == {}


def test_the_records_of_a_notebook() -> None:
    def output(held: object) -> dict[str, object]:
        return {"output_type": "display_data", "data": {records.MIME: held}}

    cells = [
        {"cell_type": "markdown", "source": ""},
        {"outputs": [output({"name": "a", "value": 1}), output({"no": "record"}), {"text": "x"}]},
        {"outputs": [output('{"name": "a", "value": 2}'), output({"name": "f", "text": "<f>"})]},
    ]
    found = read_notebook({"cells": cells})
    assert [(each.name, each.shown) for each in found.values()] == [("a", 2), ("f", "<f>")]


@pytest.mark.parametrize("name", ["", "  ", 3, None])
def test_a_name_is_a_text(name: object) -> None:
    with pytest.raises(InputError, match="recorded under a name"):
        record(name, 1)  # type: ignore[arg-type]
