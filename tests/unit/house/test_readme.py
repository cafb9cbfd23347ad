"""What the README says of settings and commands is so."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from maze_nb.cli.main import main
from maze_nb.config import DEFAULTS

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


def test_all_settings_are_told() -> None:
    rows = re.findall(r"^\| `maze\.([a-z-]+)` \| `DASK_MAZE__([A-Z_]+)` \|", README, re.MULTILINE)
    assert {name for name, _ in rows} == set(DEFAULTS)
    assert all(variable == name.replace("-", "_").upper() for name, variable in rows)


@pytest.mark.parametrize(
    "line", sorted(set(re.findall(r"^\$ maze-nb (.+)$", README, re.MULTILINE)))
)
def test_commands_and_their_flags_are_there(line: str) -> None:
    command: click.Command = main
    words = line.split()
    while isinstance(command, click.Group) and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    assert command is not main
    known = {flag for option in command.params for flag in (*option.opts, *option.secondary_opts)}
    assert {word for word in words if word.startswith("-")} <= known
