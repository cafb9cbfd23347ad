"""What is offered behind magics, as a front end asks for it, and for misspelt ones."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter

# The line up to the cursor, what is offered among others, what is not, and why.
LINES = [
    ("%maze_run --", "--all --fail-fast --no-cache", "--retries", "all options"),
    ("%maze_run --f", "--fail-fast", "--all", "those that begin so"),
    ("%maze_run ", "--all", "train", "options, where nothing else can stand"),
    ("%maze_run --all --", "--fail-fast", "--all", "not what is there already"),
    ("x = %maze_results --", "", "--all", "a magic without options"),
    ("plan = %maze_plan --", "--all --cache", "--fail-fast", "behind an assignment"),
    ("maze_run --", "--all", "--retries", "without the percent sign"),
    ("%%maze_task --", "--cpu --no-cache --outputs", "--cache --all", "options of a cell"),
    ("%%maze_task train --cpu 2 --r", "--retries", "--cpu", "behind other options"),
    ("%%maze_task --isolation ", "auto thread process", "--cpu", "the words of an option"),
    ("%%maze_task --keep=st", "store", "memory", "behind an equals sign"),
    ("%%maze_task --cpu ", "", "--gpu train", "a number is nobody's to guess"),
    ("%%maze_task -i ", "rows model", "train", "names that task cells make"),
    ("%%maze_task -i rows,m", "model", "rows", "behind a comma"),
    ("%%maze_task tr", "train", "load", "task cells, to replace one"),
    ("%maze_workflow ", "new forget", "train", "verbs"),
    ("%maze_workflow forget ", "load train 'all of it'", "new", "task cells"),
    ("%maze_rerun --from t", "train", "load", "the value of an option that is a task cell"),
    ("%maze_connect ", "", "train", "nothing is known"),
    ("%maze_nothing --", "", "--all", "no magic"),
    ("x = 1; maze_runs", "", "--all", "no magic either"),
]


@pytest.mark.parametrize(("line", "offered", "others", "why"), LINES, ids=[r[0] for r in LINES])
def test_what_is_offered(notebook, line, offered, others, why):
    notebook.run("%%maze_task load\nrows = 1", cell_id="a")
    notebook.run("%%maze_task train\nmodel = rows", cell_id="b")
    notebook.run("%%maze_task 'all of it'\nreport = model", cell_id="c")
    # As ipykernel does.
    with provisionalcompleter():
        found = {each.text for each in notebook.shell.Completer.completions(line, len(line))}
    wanted = {"'all of it'"} | set(offered.split()) if "'" in offered else set(offered.split())
    if "'" in offered:
        wanted -= {"'all", "of", "it'"}
    assert wanted <= found, (why, found)
    assert not found & set(others.split()), why


def test_in_a_cell_of_several_lines_only_that_of_the_magic_counts(notebook):
    cell = "%%maze_task t\nvalue_of_mine = 1\nvalue_of"
    with provisionalcompleter():
        found = {each.text for each in notebook.shell.Completer.completions(cell, len(cell))}
    assert not any(text.startswith("--") for text in found)
    first = len("%%maze_task t")
    cell = cell.replace("\n", " --pri\n", 1)
    with provisionalcompleter():
        found = {each.text for each in notebook.shell.Completer.completions(cell, first + 6)}
    assert found == {"--priority"}


def test_runs_are_offered_by_the_beginnings_of_their_ids(notebook, monkeypatch):
    class Known:
        def __init__(self, run_id: str, started: float) -> None:
            self.run_id, self.started = run_id, started

    ids = ["a" * 32, "b" * 32, "b" * 8 + "c" * 24]
    client = notebook.session.clients.at_hand
    monkeypatch.setattr(
        client, "runs", lambda: [Known(run_id, at) for at, run_id in enumerate(ids)]
    )
    with provisionalcompleter():
        found = [each.text for each in notebook.shell.Completer.completions("%maze_attach ", 13)]
    assert found == [ids[2], ids[1], "a" * 8]
    assert notebook.session.clients.is_offline


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("%maze_rn", "did you mean %maze_run? usage: %maze_run [--all]"),
        ("%%maze_tsk\nx = 1", "did you mean %%maze_task? usage: %%maze_task [NAME]"),
        ("%mze_plan", "did you mean %maze_plan?"),
        ("%timit 1", ""),
    ],
)
def test_misspelt_magics(notebook, typed, said):
    shown = notebook.fail(typed)
    assert said in shown
    assert ("did you mean" in shown) is bool(said)
