"""What commands list, as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from maze_nb.cli.listing import json_line, json_option, json_text
from maze_nb.cli.main import main

LISTS = (
    *(("runs", name) for name in ("list", "show", "results", "logs", "compare")),
    *(("nodes",), ("cache", "list"), ("doctor",)),
)


@pytest.mark.parametrize(
    ("data", "back"),
    [
        ([], []),
        ([{"a": 1.5, "b": None, "c": "ü"}], [{"a": 1.5, "b": None, "c": "ü"}]),
        ({"nan": float("nan"), "far": [float("inf"), 1]}, {"nan": None, "far": [None, 1]}),
        ({"path": Path("/a")}, {"path": repr(Path("/a"))}),
        ([{1}, float("nan")], ["{1}", None]),
    ],
)
def test_whatever_it_is_it_is_json(data, back):
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    assert json.loads(json_text(data), parse_constant=refuse) == back
    assert json.loads(json_line(data)) == back
    assert "\n" not in json_line(data)


def command_at(words: tuple[str, ...]) -> click.Command:
    command: click.Command = main
    for word in words:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), word)
        assert found is not None, words
        command = found
    return command


@pytest.mark.parametrize("words", LISTS, ids=" ".join)
def test_all_that_list_take_the_same_option(words):
    flags = {flag for option in command_at(words).params for flag in option.opts}
    assert "--json" in flags


def test_the_page_tells_of_all_of_them_and_of_all_commands():
    page = (Path(__file__).parents[3] / "docs/commands.md").read_text("utf-8")
    for words in LISTS:
        assert f"| `{' '.join(words)}` |" in page
    for name in main.list_commands(click.Context(main)):
        assert f"`{name}`" in page.split("Exit codes")[0]


def test_the_option_is_one():
    @json_option
    def command(as_json: bool) -> None: ...

    (option,) = command.__click_params__
    assert option.opts == ["--json"]
    assert option.name == "as_json"
