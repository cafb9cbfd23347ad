"""What the README and the documents in ``docs/`` say of settings, commands and magics is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from maze_nb.cli.main import main
from maze_nb.config import DEFAULTS
from maze_nb.magics.table import MAGICS

ROOT = Path(__file__).parents[3]
PAGES = {path: path.read_text("utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/*.md"))}
ALL = "\n".join(PAGES.values())


def test_all_settings_are_told() -> None:
    rows = re.findall(r"^\| `maze\.([a-z-]+)` \| `DASK_MAZE__([A-Z_]+)` \|", ALL, re.MULTILINE)
    assert {name for name, _ in rows} == set(DEFAULTS)
    assert all(variable == name.replace("-", "_").upper() for name, variable in rows)


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^\$ maze-nb (.+)$", ALL, re.MULTILINE))))
def test_commands_and_their_flags_are_there(line: str) -> None:
    command: click.Command = main
    words = line.split()
    while isinstance(command, click.Group) and words:
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            break
        command = found
        del words[0]
    assert command is not main
    known = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known


def test_all_magics_are_told_and_no_others() -> None:
    told = set(re.findall(r"%%?\w*maze\w*", ALL)) - {"%load_ext maze"}
    known = {name for usage in MAGICS for name in (usage.name, f"%{usage.name.lstrip('%')}")}
    assert {usage.name.lstrip("%") for usage in MAGICS} <= {name.lstrip("%") for name in told}
    assert told <= known


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[path]):
        if target.startswith("http"):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.exists(), target
        if anchor:
            titles = re.findall(r"^#+ (.+)$", found.read_text("utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}
            assert anchor in anchors, target
