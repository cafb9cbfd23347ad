"""What no file of the project may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLACES = (
    "maze_nb",
    "tests",
    "benchmarks",
    "notebooks",
    "docs",
    "scripts",
    "extension",
    "cluster",
    ".ci",
)
MADE = {"node_modules", "static", "__pycache__", ".ipynb_checkpoints", "lib", "coverage"}
TEXT = {
    "",
    ".cjs",
    ".css",
    ".ipynb",
    ".js",
    ".json",
    ".md",
    ".mjs",
    ".npmrc",
    ".py",
    ".toml",
    ".ts",
    ".tsx",
    ".yaml",
    ".yml",
}

DOWNLOAD_HOST = re.compile(
    r"https?://[\w.-]*(?:npmjs|yarnpkg|npmmirror|pythonhosted|pypi|conda|anaconda)\.\w+", re.I
)


def source_files() -> Iterator[Path]:
    """Yield the text files of the project that people or lock tools wrote."""
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXT)
    for place in PLACES:
        for path in sorted((ROOT / place).rglob("*")):
            parts = set(path.relative_to(ROOT).parts)
            if path.is_file() and path.suffix in TEXT and not parts & MADE:
                yield path


def test_no_download_host():
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in source_files()
        if (match := DOWNLOAD_HOST.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_lock_files_name_no_place_to_download_from():
    locks = list((ROOT / "extension").glob("*lock*.json"))
    assert [lock.name for lock in locks if '"resolved"' in lock.read_text()] == []


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "misc"])
def test_no_catch_all_module(word):
    assert [p for p in (ROOT / "maze_nb").rglob(f"{word}*") if not set(p.parts) & MADE] == []


def test_every_module_says_what_lives_in_it():
    silent = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "maze_nb").rglob("*.py"))
        if not path.read_text(encoding="utf-8").lstrip().startswith('"""')
    ]
    assert silent == []
