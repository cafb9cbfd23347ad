"""What an interrupt of a magic shows."""

from __future__ import annotations

import pytest


def test_an_interrupt_shows_no_frames(notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(notebook.session), "client", property(lambda _: interrupted()))
    assert notebook.fail("%maze_nodes").strip() == "KeyboardInterrupt"
