"""Values as Jupyter shows them."""

from __future__ import annotations

import base64
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from maze_nb.runners.bundle import bundle_of


class Rich:
    """Says how it is shown."""

    def __init__(self, **ways: Any) -> None:
        self._ways = ways

    def __getattr__(self, name: str) -> Any:
        ways = object.__getattribute__(self, "_ways")
        if name not in ways:
            raise AttributeError(name)
        return ways[name]

    def __repr__(self) -> str:
        return "rich"


def raising(*_: Any, **__: Any) -> Any:
    raise ValueError("its own fault")


CASES = [
    (1, {"text/plain": "1"}, {}),
    ("a\ud800", {"text/plain": "'a\\ud800'"}, {}),
    (Rich(_repr_html_=lambda: "<b>"), {"text/plain": "rich", "text/html": "<b>"}, {}),
    (
        Rich(_repr_png_=lambda: b"\x89PNG"),
        {"text/plain": "rich", "image/png": base64.b64encode(b"\x89PNG").decode()},
        {},
    ),
    (
        Rich(_repr_html_=lambda: ("<i>", {"isolated": True})),
        {"text/plain": "rich", "text/html": "<i>"},
        {"text/html": {"isolated": True}},
    ),
    (
        Rich(_repr_mimebundle_=lambda **_: {"application/x+json": {"a": (1, 2)}}),
        {"text/plain": "rich", "application/x+json": {"a": [1, 2]}},
        {},
    ),
    (Rich(_repr_html_=raising), {"text/plain": "rich"}, {}),
    (Rich(_repr_mimebundle_=raising), {"text/plain": "rich"}, {}),
    (Rich(_ipython_display_=raising), {"text/plain": "rich"}, {}),
]


@pytest.mark.parametrize(("value", "data", "metadata"), CASES)
def test_all_representations_are_there(value, data, metadata, capsys):
    assert bundle_of(value) == (data, metadata)


def test_what_displays_itself_is_not_shown_again():
    called: list[int] = []
    assert bundle_of(Rich(_ipython_display_=lambda: called.append(1))) is None
    assert called == [1]


def test_a_value_that_cannot_be_looked_at_is_a_note(capsys):
    class Bad:
        __repr__ = raising

    data, _ = bundle_of(Bad()) or ({}, {})
    assert data == {
        "text/plain": "<test_a_value_that_cannot_be_looked_at_is_a_note.<locals>.Bad: it cannot be "
        "shown, since its own code for that failed>"
    }
    assert "ValueError: its own fault" in capsys.readouterr().err


def test_what_is_no_json_is_told_in_words():
    data, _ = bundle_of(Rich(_repr_mimebundle_=lambda **_: {"application/x": object()})) or ({}, {})
    assert data["application/x"].startswith("<it cannot be shown: ")


def test_a_table_has_html():
    data, _ = bundle_of(pd.DataFrame({"column": [1]})) or ({}, {})
    assert "<th>column</th>" in data["text/html"].replace(' class=""', "").replace(
        '<th style="text-align: right;">', "<th>"
    )
    assert "column" in data["text/plain"]


def test_a_figure_is_a_picture():
    figure = Figure()
    figure.subplots().plot([1, 2])
    data, _ = bundle_of(figure) or ({}, {})
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_kinds_can_be_chosen():
    rich = Rich(_repr_html_=lambda: "<b>")
    assert bundle_of(rich, include=["text/html"]) == ({"text/html": "<b>"}, {})
    assert bundle_of(rich, exclude=["text/html"]) == ({"text/plain": "rich"}, {})
