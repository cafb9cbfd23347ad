"""Cells that are commands: what they read and make, and what is refused by name."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

BUILD = (
    "%%maze_task build --kind shell -o log=build/*.log,stdout\n"
    "\n"
    "mkdir build\n"
    "echo '$HOME' {name} > build/a.log; cat build/a.log\n"
)


def test_names_in_braces_and_files_make_the_edges(notebook) -> None:
    notebook.run("%%maze_task first\nname = 'a  b'")
    notebook.run(BUILD)
    notebook.run("%%maze_task last\ntexts = [open(each).read() for each in log]")
    assert notebook.edges() == ["first name build", "build log last"]
    (task,) = (each for each in notebook.session.graph()["tasks"] if each["name"] == "build")
    assert task["kind"] == "shell"


def test_it_is_run_with_the_variables_of_the_notebook(notebook, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook.run("name = 'a  b'")
    notebook.run(BUILD)
    notebook.run("name = 'changed later'")
    made = notebook.compute()
    assert made["stdout"] == "$HOME a  b"
    assert [each.read_text() for each in made["log"]] == ["$HOME a  b\n"]


def test_inputs_that_only_its_environment_names(notebook, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook.run("rate, rows = 0.5, [1, 2]")
    notebook.run(
        "%%maze_task --kind shell -i rate,rows -o stdout\n"
        "echo $MAZE_INPUT_rate $(cat inputs/rows/rows.json)"
    )
    assert notebook.compute()["stdout"] == "0.5 [1, 2]"


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%maze_task --kind shel\ntrue", "there is no --kind shel: did you mean 'shell'"),
        ("%%maze_task a --kind shell\n\n", "a has no command"),
        ("%%maze_task a --kind shell\nawk '{n}'", "{n} stands in single quotes"),
        ("%%maze_task a --kind shell -o log\ntrue", "write -o log=FILE"),
        ("%%maze_task a --kind shell -o stdout=x\ntrue", "every command makes 'stdout' already"),
        ("%%maze_task a --kind shell -o log=../x\ntrue", "must be a file in the folder"),
        ("%%maze_task a --kind shell -o 1=x\ntrue", "'1' is not a name"),
        ("%%maze_task a --kind shell -o =x\ntrue", "'=' is not a name"),
        ("%%maze_task a --kind shell -o a=x,a=b\ntrue", "gives on 'a' as two files"),
        ("%%maze_task a --kind shell --isolation thread\ntrue", "not a thread"),
        ("%%maze_task a -o log=x\nlog = 1", "add --kind shell"),
    ],
)
def test_what_is_refused(notebook, cell, said) -> None:
    assert said in notebook.fail(cell)


def test_a_name_that_nobody_makes_is_told_with_its_line(notebook) -> None:
    notebook.run("%%maze_task a --kind shell\n\necho {scr}")
    said = notebook.fail("%maze_run")
    assert "cell 'a' reads 'scr' on line 3" in said


def test_a_misspelt_name_is_told_with_the_one_that_is_meant(notebook) -> None:
    notebook.run("%%maze_task first\nsource = 'x'")
    notebook.run("%%maze_task a --kind shell\necho {sourc}")
    said = notebook.fail("%maze_run")
    assert "cell 'a' reads 'sourc' on line 2" in said
    assert "did you mean 'source'?" in said
    assert said.rstrip().endswith("; if it is to stay as it is, write {{sourc}}")
    notebook.run("%%maze_task a --kind shell -i sourc\ntrue")
    assert "to stay as it is" not in notebook.fail("%maze_run")


def test_it_is_exported_as_a_function_that_does_the_same(notebook, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    notebook.run("name = 'x'")
    notebook.run(BUILD)
    notebook.run("%maze_export pipeline.py")
    module = runpy.run_path(str(tmp_path / "pipeline.py"), run_name="pipeline")
    found = module["build"](name="y")
    assert found["stdout"] == "$HOME y"
    assert Path(found["log"][0]).read_text() == "$HOME y\n"


def test_python_cells_take_no_notice_of_it(notebook) -> None:
    notebook.run("%%maze_task --kind python -o x\nx = 1")
    assert notebook.compute() == {"x": 1}
