"""The view's JavaScript, or a notice."""

from __future__ import annotations

from maze_nb.widgets.view_source import view_source


def test_a_view_that_is_built_is_used(tmp_path):
    path = tmp_path / "view.js"
    path.write_text("export default {} // é", encoding="utf-8")
    assert view_source(path) == "export default {} // é"


def test_a_view_that_is_not_built_says_how_to(tmp_path):
    source = view_source(tmp_path / "view.js")
    assert "make install" in source
    assert "export default" in source
