"""The executed notebook as an HTML page that shows its pictures without a kernel or a network."""

from __future__ import annotations

from pathlib import Path, PurePath

from maze_nb.batch.place import name_of, read_notebook

# A live view falls back to its static picture: the page has no kernel behind it.
_PRIORITY = [
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "text/latex",
    "image/png",
    "image/jpeg",
    "text/plain",
]


def write_html(notebook: str, report: Path) -> None:
    """Write the notebook at a place as one HTML file."""
    from nbconvert import HTMLExporter
    from traitlets.config import Config

    settings = Config()
    settings.NbConvertBase.display_data_priority = _PRIORITY
    settings.HTMLExporter.embed_images = True
    content = read_notebook(notebook)
    content.metadata.pop("widgets", None)
    page, _ = HTMLExporter(config=settings).from_notebook_node(
        content, resources={"metadata": {"name": PurePath(name_of(notebook)).stem}}
    )
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(page, encoding="utf-8")
