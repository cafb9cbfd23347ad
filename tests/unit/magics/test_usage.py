"""How lines of magics are read, and that each magic has its row, its help and its refusals."""

from __future__ import annotations

import re

import pytest

from maze_nb.errors import CellError
from maze_nb.magics.table import MAGICS, RERUN, usage_of
from maze_nb.magics.usage import read_line


@pytest.mark.parametrize(
    ("line", "options", "arguments"),
    [
        ("", {}, []),
        ("3f9c", {}, ["3f9c"]),
        ("--failed 3f9c", {"--failed": ""}, ["3f9c"]),
        ("3f9c --from 'my task' --failed", {"--from": "my task", "--failed": ""}, ["3f9c"]),
        ("--from=train", {"--from": "train"}, []),
    ],
)
def test_lines_are_read(line, options, arguments):
    given = read_line(RERUN, line)
    assert (given.options, given.arguments) == (options, arguments)


def magic_of(notebook, usage):
    kind = "cell" if usage.name.startswith("%%") else "line"
    return notebook.shell.find_magic(usage.name.lstrip("%"), kind)


@pytest.mark.parametrize("usage", MAGICS, ids=lambda usage: usage.name)
def test_every_magic_has_help(notebook, usage):
    assert magic_of(notebook, usage) is not None
    shown = notebook.shell.object_inspect(usage.name)["docstring"]
    summary, blank, *rest = shown.split("\n")
    assert summary.endswith((".", "."))
    assert (blank, rest[:2]) == ("", ["::", ""])
    assert rest[2].startswith(f"    {usage.name}")
    assert usage.examples
    for example in usage.examples:
        assert f"\n    {example}\n" in f"{shown}\n"
    for option in usage.options:
        assert (option.why in shown) is option.is_shown
    assert max(map(len, shown.split("\n"))) <= 100


def test_help_is_shown_as_everywhere_in_ipython(notebook):
    shown = re.sub(r"\x1b\[[\d;]*m", "", notebook.run("%maze_run?"))
    assert "Run the task cells, show it live" in shown
    assert "    %maze_run [--all] [--fail-fast] [--cache] [--no-cache]\n" in shown


@pytest.mark.parametrize("usage", MAGICS, ids=lambda usage: usage.name)
def test_what_is_misspelt_is_refused_with_the_nearest_option(notebook, usage):
    magic = magic_of(notebook, usage)
    body = ["x = 1"] if usage.name.startswith("%%") else []
    for option in usage.options:
        if option.is_shown and option.words[-1].startswith("--"):
            with pytest.raises(CellError) as caught:
                magic(f"{option.words[-1]}z", *body)
            assert f"did you mean '{option.words[-1]}'?" in str(caught.value)
    with pytest.raises(CellError, match=re.escape(repr("--none-of-these"))):
        magic("--none-of-these", *body)


def test_every_magic_of_ours_has_a_row(notebook):
    magics = notebook.shell.magics_manager.magics
    ours = {name for kind in magics.values() for name in kind if "maze" in name}
    assert {name for name in ours if usage_of(name) is None} == set()
    assert len({usage.name.lstrip("%") for usage in MAGICS}) == len(MAGICS)
