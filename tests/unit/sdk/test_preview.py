"""Looking at values in a process of their own, whatever these do there."""

from __future__ import annotations

import time
from typing import Any

import cloudpickle
import pytest

from maze_nb.sdk.preview import TOLD, look_at
from maze_nb.sdk.preview_format import HTML_CHARS, IMAGE_CHARS, TEXT_CHARS, preview_of
from maze_nb.sdk.preview_program import Wanted


def test_all_forms_together_stay_within_what_is_told():
    assert TEXT_CHARS + HTML_CHARS + IMAGE_CHARS < TOLD


def rude(**methods: Any) -> Any:
    """Return an object of a class that is pickled by value, with these methods."""
    return type("Rude", (), methods)()


def raising(self: Any) -> str:
    raise ValueError("not <b>today</b>")


def endless(self: Any) -> str:
    import time

    time.sleep(60)
    return ""


def deadly(self: Any) -> str:
    import os
    import signal

    os.kill(os.getpid(), signal.SIGKILL)
    return ""


def exiting(self: Any) -> str:
    raise SystemExit(3)


def greedy(self: Any) -> str:
    return str(len(bytearray(6 * 2**30)))


def talkative(self: Any) -> str:
    import os

    print("x" * 1000)
    os.write(1, b"y" * 1000)
    return "spoken"


CUT = "its text is cut after 100,000 characters"
LOOKS = [
    ({"__repr__": raising}, "error", "its repr raised ValueError: not <b>today</b>"),
    ({"__repr__": deadly}, "error", "looking at it ended its process (signal 9)"),
    ({"__repr__": exiting}, "error", "its repr raised SystemExit: 3"),
    ({"__repr__": greedy}, "error", "its repr raised MemoryError"),
    ({"_repr_html_": raising}, "error", "ValueError: not <b>today</b>"),
    ({"__repr__": talkative}, "text", "spoken"),
    ({"__repr__": lambda self: "z" * 50_000_000}, "note", CUT),
    ({"_repr_html_": lambda self: "<p>" * 2**21}, "note", "its page is too big to be shown here"),
]  # fmt: skip


@pytest.mark.parametrize(("methods", "field", "said"), LOOKS)
def test_what_a_value_does_when_it_is_looked_at(methods, field, said):
    found = look_at(Wanted(cloudpickle.dumps(rude(**methods))))
    assert found[field] == said


def test_a_value_that_takes_long_is_given_up():
    began = time.monotonic()
    found = look_at(Wanted(cloudpickle.dumps(rude(__repr__=endless))), patience=2)
    assert found == {"error": "it took longer than 2.0 s to be looked at"}
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("pickled", [b"", b"garbage", b"\x80\x05cnowhere_at_all\nthing\n."])
def test_what_cannot_be_loaded_is_said(pickled):
    assert look_at(Wanted(pickled))["error"].startswith("it cannot be loaded here: ")


def test_a_module_beside_the_notebook_is_found(tmp_path):
    (tmp_path / "beside_it.py").write_text("class Thing:\n    def __repr__(self): return 'there'\n")
    pickled = b"\x80\x05cbeside_it\nThing\n)R."
    assert look_at(Wanted(pickled, path=(str(tmp_path),)))["text"] == "there"


def test_text_is_shown_as_it_is():
    assert preview_of("a\nb")["text"] == "a\nb"
    assert preview_of("\ud800\x00")["text"] == "��"


def test_a_figure_and_a_table():
    import pandas as pd
    from matplotlib.figure import Figure

    figure = Figure()
    figure.subplots()
    assert preview_of(figure)["image"].startswith("data:image/png;base64,")
    assert "<table" in preview_of(pd.DataFrame({"a": [1]}))["html"]
