"""Pages of the documentation whose source is elsewhere: notebooks, README, list of decisions."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parents[1]
_LINK = re.compile(r"(\]\()([^)\s:#]+)((?:#[^)]*)?\))")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
# Paths in the repository, and where their pages are.
_PAGES = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "ARCHITECTURE.md",
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "docs/decisions": "decisions/index.md",
}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages that are not in the folder of the documentation."""
    for path, page in _pages().items():
        if page == "decisions/index.md":
            content = _list_of_decisions()
        elif path.endswith(".ipynb"):
            content = _notebook(ROOT / path)
        else:
            content = (ROOT / path).read_text()
        if files.get_file_from_path(page) is None:
            files.append(File.generated(config, page, content=content))
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Have links lead to pages that lead to files of the repository."""
    pages = _pages()
    at = page.file.src_uri
    source = next((path for path, found in pages.items() if found == at), f"docs/{at}")

    def to_page(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[2]))
        found = pages.get(target)
        if found is None and target.startswith("docs/"):
            found = target.removeprefix("docs/")
        if found is None:
            return match[0]
        return match[1] + posixpath.relpath(found, posixpath.dirname(at) or ".") + match[3]

    parts = _FENCE.split(markdown)
    parts[::2] = [_LINK.sub(to_page, part) for part in parts[::2]]
    return "".join(parts)


def _pages() -> dict[str, str]:
    notebooks = sorted((ROOT / "notebooks").glob("*.ipynb"))
    return _PAGES | {f"notebooks/{path.name}": f"notebooks/{path.stem}.md" for path in notebooks}


def _notebook(path: Path) -> str:
    text: str = MarkdownExporter().from_notebook_node(nbformat.read(path, 4))[0]
    return f"{text}\n\n---\nThis page is the notebook `notebooks/{path.name}` of the repository.\n"


def _list_of_decisions() -> str:
    lines = ["# Decisions", ""]
    for path in sorted((ROOT / "docs" / "decisions").glob("20*.md")):
        title = path.read_text().partition("\n")[0].removeprefix("# ")
        lines.append(f"* [{title}](decisions/{path.name})")
    return "\n".join(lines) + "\n"
