"""A workflow of cells that nobody named is called like the notebook's file, where it is known."""

from __future__ import annotations

import pytest

from maze_nb.magics.session import Session
from maze_nb.sdk.origin import NOTEBOOK_VARIABLE

NAMES = {
    "/home/ada/study of rain.ipynb": "study of rain",
    "notes/a.b.ipynb": "a.b",
    "/home/ada/some-session": "notebook",
    "": "notebook",
}


@pytest.mark.parametrize(("path", "name"), NAMES.items())
def test_cells_are_called_like_their_notebook(
    monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    monkeypatch.setenv(NOTEBOOK_VARIABLE, path)
    session = Session()
    assert session.name == name
    session.start_workflow("named")
    assert session.name == "named"
    session.start_workflow(None)
    assert session.name == name
