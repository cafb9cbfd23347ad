"""Notebooks read to be run as tasks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from maze_nb import task
from maze_nb.errors import InputError, WorkflowError
from maze_nb.runners.references import Secret
from maze_nb.sdk.notebook import check_parameter, notebook_task
from maze_nb.sdk.notebook_file import NotebookFile, read_notebook_file
from maze_nb.sdk.workflow_graph import WorkflowGraph

PYTHON = {"kernelspec": {"name": "python3", "display_name": "p", "language": "python"}}
JULIA = {"kernelspec": {"name": "julia", "display_name": "j", "language": "julia"}}


def made(
    folder: Path, *cells: str, parameters: str | None = None, metadata: Any = None
) -> NotebookFile:
    notebook = nbformat.v4.new_notebook(metadata=metadata or PYTHON)
    if parameters is not None:
        tags = {"tags": ["parameters"]}
        notebook.cells.append(nbformat.v4.new_code_cell(parameters, metadata=tags, id="p"))
    notebook.cells += [
        nbformat.v4.new_code_cell(cell, id=str(number)) for number, cell in enumerate(cells)
    ]
    path = folder / "a.ipynb"
    nbformat.write(notebook, path)
    return read_notebook_file(path, kernel=None, slots=0)


PARAMETERS: dict[str, tuple[str | None, tuple[str, ...] | None]] = {
    "none": (None, None),
    "values": ("a = 1\nb: int = 2\nc, d = 3, 4", ("a", "b", "c", "d")),
    "no value": ("a: int", ("a",)),
    "empty": ("", ()),
    "magic": ("%matplotlib inline\na = 1", ("a",)),
    "cannot be read": ("a =", None),
}


@pytest.mark.parametrize(("source", "wanted"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_the_parameters_are_what_the_tagged_cell_assigns(
    source: str | None, wanted: tuple[str, ...] | None, tmp_path: Path
) -> None:
    assert made(tmp_path, "x = 1", parameters=source).parameters == wanted


def test_another_language_is_left_to_its_kernel(tmp_path: Path) -> None:
    found = made(tmp_path, "import helper", parameters="a = 1", metadata=JULIA)
    assert found.parameters is None
    assert found.notebook.modules == ()


def test_modules_beside_it_travel_with_what_they_import(tmp_path: Path) -> None:
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text("import other")
    (package / "inner" / "__init__.py").write_text("")
    (package / "data.csv").write_text("1,2")
    (tmp_path / "helper.py").write_text("from package.inner import x\nimport helper")
    (tmp_path / "other.py").write_text("import json, missing")
    (tmp_path / "unused.py").write_text("")
    found = made(tmp_path, "!ls\nimport helper, numpy", "syntax error")
    assert [place for place, _ in found.notebook.modules] == [
        "helper.py",
        "other.py",
        "package/__init__.py",
        "package/data.csv",
        "package/inner/__init__.py",
    ]


def test_what_it_showed_when_it_was_saved_does_not_matter(tmp_path: Path) -> None:
    before = made(tmp_path, "1 + 1").notebook.content
    path = tmp_path / "a.ipynb"
    shown = nbformat.read(path, as_version=4)
    shown.metadata["widgets"] = {"state": 1}
    shown.cells[0].execution_count = 7
    shown.cells[0].metadata["execution"] = {"iopub.status.busy": "now"}
    shown.cells[0].outputs = [nbformat.v4.new_output("stream", text="2")]
    nbformat.write(shown, path)
    assert read_notebook_file(path, kernel=None, slots=1).notebook.content == before
    assert made(tmp_path, "1 + 2").notebook.content != before
    nbformat.validate(nbformat.reads(before.decode(), as_version=4))


BROKEN = {
    "not there": (None, "cannot be read: No such file"),
    "no JSON": ("{", "is not a notebook"),
    "a list": ("[]", "has no list of cells"),
    "of an old format": (json.dumps({"worksheets": []}), "is not a notebook of format 4"),
    "bytes": (b"\xff\xfe", "cannot be read: it is no text"),
}


@pytest.mark.parametrize(("content", "wanted"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_notebook_is_said(
    content: str | bytes | None, wanted: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.ipynb"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WorkflowError) as caught:
        read_notebook_file(path, kernel=None, slots=1)
    assert wanted in str(caught.value)


def test_secrets_are_not_written_into_notebooks() -> None:
    with pytest.raises(InputError, match="give secrets='TOKEN' instead"):
        check_parameter([Secret("TOKEN")], "input 'a' of task 'b'")


TYPED = 'n: int = 1\nrate = 0.5\nlayers: list[int] = [1]\nname: str = "x"'
OTHER = WorkflowGraph()


@task
def count() -> int:
    return 3


BEFORE = OTHER.add_task(count)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"n": 2, "rate": 1, "layers": [2], "name": "y"}, None),
        ({"n": BEFORE.outputs["result"]}, None),
        ({"layers": [1, BEFORE.outputs["result"]]}, None),
        (
            {"n": "many"},
            "input 'n' of task 'a' does not fit: the parameter of a.ipynb takes int, not 'many'",
        ),
        ({"rate": "fast"}, "takes a number, not 'fast' (str)"),
        ({"layers": ["2"]}, "takes list[int], not ['2'] (list)"),
        ({"name": None}, "takes str, not None (NoneType)"),
        ({"nn": 1}, "did you mean 'n'"),
    ],
    ids=str,
)
def test_values_are_held_against_the_types_of_the_parameters(
    given: dict[str, Any], complaint: str | None, tmp_path: Path
) -> None:
    found = made(tmp_path, "x = 1", parameters=TYPED)
    if complaint is None:
        assert set(notebook_task(found, given, [], "a").inputs) == {"n", "rate", "layers", "name"}
        return
    with pytest.raises(InputError, match=re.escape(complaint)):
        notebook_task(found, given, [], "a")


def test_items_of_lists_are_held_against_them_too(tmp_path: Path) -> None:
    found = made(tmp_path, "x = 1", parameters=TYPED)
    lists = {"n": range(10**9), "name": ["a", "b"], "layers": BEFORE.outputs["result"]}
    notebook_task(found, {}, [], "a", mapped=lists)
    with pytest.raises(InputError, match="item 1 that task 'a' maps over for its input 'n'"):
        notebook_task(found, {}, [], "a", mapped={"n": [1, "2"]})
