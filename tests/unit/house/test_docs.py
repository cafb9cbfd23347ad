"""Links lead somewhere, in the repository as well as in the pages that are made of it."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[3]
LINK = re.compile(r"\]\(([^)\s:#]+)(?:#[^)]*)?\)")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("notebooks/*.ipynb")]


def text_of(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    cells = nbformat.read(path, 4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_to_files(path: Path) -> None:
    prose = re.sub(r"^```.*?^```$", "", text_of(path), flags=re.MULTILINE | re.DOTALL)
    missing = [link for link in LINK.findall(prose) if not (path.parent / link).exists()]
    assert not missing


def test_the_readme_lists_all_numbered_notebooks() -> None:
    listed = re.findall(r"\(notebooks/(\d\d_\w+\.ipynb)\)", (ROOT / "README.md").read_text())
    assert listed == sorted(path.name for path in ROOT.glob("notebooks/[0-9]*.ipynb"))


def test_notebooks_are_saved_without_outputs() -> None:
    for path in ROOT.glob("notebooks/*.ipynb"):
        cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
        assert not any(cell.outputs or cell.execution_count for cell in cells), path.name


def test_pages_are_built_strictly_and_fetch_no_fonts() -> None:
    told = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    assert told["strict"] is True
    assert told["theme"]["font"] is False
    assert set(told["validation"].values()) == {"warn"}


LINKS = [
    ("index.md", "[a](docs/runs.md#x)", "[a](runs.md#x)"),
    ("index.md", "![a](docs/images/b.png)", "![a](images/b.png)"),
    ("index.md", "[a](notebooks/02_patterns.ipynb)", "[a](notebooks/02_patterns.md)"),
    ("ARCHITECTURE.md", "[a](docs/decisions)", "[a](decisions/index.md)"),
    ("notebooks/02_patterns.md", "[a](../docs/functions.md#b)", "[a](../functions.md#b)"),
    ("notebooks/05_maps_and_sweeps.md", "[a](train.ipynb)", "[a](train.md)"),
    ("decisions/index.md", "[a](decisions/b.md)", "[a](b.md)"),
    ("runs.md", "[a](clusters.md) [b](../README.md)", "[a](clusters.md) [b](index.md)"),
    ("runs.md", "[a](https://b.c/d.md) [e](#f)", "[a](https://b.c/d.md) [e](#f)"),
    ("runs.md", "[a](gone/b.md)", "[a](gone/b.md)"),
    ("index.md", "```text\n[a](docs/runs.md)\n```", "```text\n[a](docs/runs.md)\n```"),
]


@pytest.mark.parametrize(("page", "written", "shown"), LINKS)
def test_links_of_the_repository_lead_to_pages(page: str, written: str, shown: str) -> None:
    pytest.importorskip("mkdocs", reason="`make docs` installs it")
    spec = importlib.util.spec_from_file_location("docs_pages", ROOT / "scripts/docs_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    at = SimpleNamespace(file=SimpleNamespace(src_uri=page))
    assert module.on_page_markdown(written, page=at) == shown
