"""The JavaScript of the live view, or a notice where it was not built."""

from __future__ import annotations

from pathlib import Path

VIEW_PATH = Path(__file__).parent / "static" / "view.js"

# Runs in the browser instead of the view; plain DOM, so that it needs nothing that is missing.
_NOTICE = """
export default {
  render({ el }) {
    const note = document.createElement("div");
    note.setAttribute("role", "alert");
    note.style.cssText = "padding:6px 10px;border-left:3px solid #E69F00;font-size:13px";
    note.textContent = "The live view of Maze is not built in this checkout: run `make install`, " +
      "then restart the kernel. The run itself is not affected.";
    el.append(note);
  },
};
"""


def view_source(path: Path = VIEW_PATH) -> str:
    """Return the view's module, or one that says how to build it."""
    return path.read_text(encoding="utf-8") if path.is_file() else _NOTICE
