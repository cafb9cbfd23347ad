"""The folder of a sweep, and what is read of it: tables, files, what is left to run."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import nbformat
import pytest

from maze_nb.errors import InputError, MazeError, OptionError, WorkflowError
from maze_nb.sdk.sweep.folder import Plan, SweepFolder, free_folder, last_folder
from maze_nb.sdk.sweep.grid import Grid
from maze_nb.sdk.sweep.result import Sweep
from maze_nb.sdk.sweep.row import Row, file_name_of, recorded_in
from maze_nb.sdk.sweep.summary import write_summary
from maze_nb.sdk.sweep.sweep import prepare, prepare_failed, sweep
from maze_nb.wire.records import Record

AXES: dict[str, list[Any]] = {"lr": [0.1, 0.01], "depth": [2, 3]}


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "train.ipynb"
    cell = nbformat.v4.new_code_cell("lr = 0.5\ndepth = 1", metadata={"tags": ["parameters"]})
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


@pytest.fixture
def folder(tmp_path: Path, notebook: Path) -> SweepFolder:
    found = SweepFolder(tmp_path / "out")
    with found.held():
        found.begin(Plan(str(notebook), "train-sweep", AXES))
    found.add(Row(1, {"lr": 0.1, "depth": 2}, "succeeded", 2.5, recorded={"loss": 0.5, "lr": 0.1}))
    found.add(Row(2, {"lr": 0.1, "depth": 3}, "failed", 1.0, "In [2]: ValueError: <b>", "r1"))
    found.add(Row(3, {"lr": 0.01, "depth": 2}, "cancelled"))
    found.add(Row(3, {"lr": 0.01, "depth": 2}, "succeeded", 2, recorded={"loss": [1, 2], "f": "x"}))
    return found


def test_the_last_word_on_each_counts_and_the_rest_was_not_run(folder: SweepFolder) -> None:
    found = Sweep(folder)
    assert [row.status for row in found.rows] == ["succeeded", "failed", "succeeded", "not run"]
    assert [row.number for row in found.failed] == [2, 4]
    assert found.recorded == ["loss", "lr", "f"]
    assert found.text == "2 succeeded, 1 failed, 1 not run"


def test_what_failed_comes_first_where_not_all_fit(tmp_path: Path, notebook: Path) -> None:
    found = SweepFolder(tmp_path / "many")
    with found.held():
        found.begin(Plan(str(notebook), "many", {"lr": list(range(60))}))
    bad = {30, 7, 59}
    for number in range(1, 61):
        status = "failed" if number in bad else "succeeded"
        found.add(Row(number, {"lr": number - 1}, status, 1.0, "no luck" if number in bad else ""))
    lines = repr(Sweep(found)).splitlines()
    assert [line.split()[0] for line in lines[2:7]] == ["7", "30", "59", "1", "2"]
    assert lines[2].endswith("no luck")
    assert lines[-1] == f"… and 40 more: see {found.path}"
    for number in range(1, 31):
        found.add(Row(number, {"lr": number - 1}, "failed", 1.0, "no luck"))
    assert f"… and 40 more, of which 11 did not succeed: see {found.path}" in repr(Sweep(found))


def test_nothing_is_left_where_no_sweep_was_begun(tmp_path: Path, notebook: Path) -> None:
    found, there = SweepFolder(tmp_path / "a" / "b"), SweepFolder(tmp_path / "there")
    there.path.mkdir()
    for each in (found, there):
        with each.held():
            each.begin(Plan(str(notebook), "w", {"lr": [1]}))
            with pytest.raises(WorkflowError, match="another process"), each.held():
                pass
            each.withdraw()
    assert {path.name for path in tmp_path.iterdir()} == {"train.ipynb", "there"}
    assert not list(there.path.iterdir())


def test_a_row_that_was_cut_short_was_not_run(folder: SweepFolder) -> None:
    with (folder.path / "rows.jsonl").open("ab") as file:
        file.write(b'{"number": 1, "para')
    assert Sweep(folder).rows[0].has_succeeded


def test_numbers_that_are_not_finite_are_kept(tmp_path: Path, notebook: Path) -> None:
    found = SweepFolder(tmp_path / "odd")
    with found.held():
        found.begin(Plan(str(notebook), "odd", {"lr": [float("inf"), 1]}))
    found.add(Row(1, {"lr": float("inf")}, "succeeded", 1, recorded={"loss": float("nan")}))
    row = Sweep(found).rows[0]
    assert row.parameters["lr"] == float("inf")
    assert row.recorded["loss"] != row.recorded["loss"]


def test_the_table_has_a_column_for_each_name_even_if_one_is_taken(folder: SweepFolder) -> None:
    rows = list(csv.DictReader(io.StringIO(Sweep(folder).to_csv())))
    assert len(rows) == 4
    assert rows[0]["lr"] == rows[0]["lr (recorded)"] == "0.1"
    assert (rows[1]["status"], rows[1]["error"]) == ("failed", "In [2]: ValueError: <b>")
    assert rows[2]["loss"] == "[1, 2]"
    assert rows[3]["status"] == "not run"


def test_a_frame_has_what_the_table_has(folder: SweepFolder) -> None:
    pytest.importorskip("pandas")
    frame = Sweep(folder).to_frame()
    assert frame.loc[1, "loss"] == 0.5
    assert list(frame.index) == [1, 2, 3, 4]


def test_it_is_shown_as_text_and_as_html(folder: SweepFolder) -> None:
    found = Sweep(folder)
    assert "sweep train-sweep: 4 notebooks, 2 succeeded, 1 failed, 1 not run" in repr(found)
    assert "<b>" not in found._repr_html_()
    assert "&lt;b&gt;" in found._repr_html_()


def test_the_summary_notebook_shows_the_table_and_can_be_run(folder: SweepFolder) -> None:
    notebook, table = write_summary(Sweep(folder))
    assert table.read_text().startswith("number,lr,depth,loss,")
    content = nbformat.read(notebook, as_version=4)
    nbformat.validate(content)
    code = [cell for cell in content.cells if cell.cell_type == "code"]
    assert "<table>" in code[0].outputs[0].data["text/html"]
    assert "Sweep('.')" in code[0].source


def test_a_plot_has_a_line_for_each_of_the_other_parameters(folder: SweepFolder) -> None:
    pytest.importorskip("matplotlib")
    rows = [(3, 0.01, 2, 0.7), (4, 0.01, 3, 0.9), (2, 0.1, 3, 0.6)]
    for number, rate, depth, loss in rows:
        held = {"loss": loss, "note": "x"}
        folder.add(Row(number, {"lr": rate, "depth": depth}, "succeeded", 1, recorded=held))
    panels = Sweep(folder).plot().axes
    assert [panel.get_ylabel() for panel in panels] == ["loss"]
    assert {line.get_label(): len(line.get_xdata()) for line in panels[0].lines} == {
        "depth=2": 2,
        "depth=3": 2,
    }


def test_nothing_to_plot_is_said(folder: SweepFolder) -> None:
    with pytest.raises(MazeError, match="nothing to plot"):
        Sweep(folder).plot()


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (0.5, 0.5),
        ("word", "word"),
        ([1] * 100_000, "<list of 100,000, in 1.ipynb>"),
        ("x" * 100_000, "<str of 100,000, in 1.ipynb>"),
    ],
    ids=["number", "text", "large list", "large text"],
)
def test_what_is_large_stands_in_words(value: object, wanted: object) -> None:
    assert recorded_in({"x": Record("x", value)}, "1.ipynb") == {"x": wanted}


def test_a_figure_stands_in_words() -> None:
    record = Record("x", text="<Figure 640x480>", kind="Figure")
    assert recorded_in({"x": record}, "1.ipynb") == {"x": "<Figure 640x480>"}


def test_names_of_files_are_safe_and_sorted() -> None:
    assert file_name_of(7, 120, {"a": "../x y", "b": [1]}) == "007-a=.._x,y,b=_1.ipynb"
    assert len(file_name_of(1, 1, {"a": "x" * 1000})) < 100


def test_a_folder_has_one_sweep(folder: SweepFolder, notebook: Path) -> None:
    with pytest.raises(WorkflowError, match="has a sweep already"):
        prepare(notebook, Grid(AXES), output=folder.path)


def test_only_one_process_runs_a_sweep_in_a_folder(folder: SweepFolder) -> None:
    other = SweepFolder(folder.path)
    with folder.held(), pytest.raises(WorkflowError, match="another process"), other.held():
        pass
    with folder.held():
        pass


def test_folders_are_numbered(
    tmp_path: Path, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("train-sweep", "train-sweep-2"):
        assert free_folder("train-sweep").path.name == name
        found = free_folder("train-sweep")
        with found.held():
            found.begin(Plan(str(notebook), "train-sweep", AXES))
        assert last_folder("train-sweep").path.name == name


def test_what_is_left_is_prepared_again(folder: SweepFolder, notebook: Path) -> None:
    left = prepare_failed(None, output=folder.path)
    assert [(row.number, row.parameters["depth"]) for row in left.rows] == [(2, 3), (4, 3)]
    assert left.count == 4
    assert prepare_failed(notebook, output=folder.path).rows == left.rows


REFUSED = {
    "a parameter that is not there": (
        {"grid": {"lrr": [1]}},
        InputError,
        "no parameter 'lrr' in its cell tagged 'parameters': did you mean 'lr'?",
    ),
    "no grid": ({"grid": {}}, InputError, "a sweep needs a grid"),
    "a resource that is not there": (
        {"grid": AXES, "resources": {"cpus": 2}},
        WorkflowError,
        "unknown resource 'cpus'",
    ),
    "an option that is not there": (
        {"grid": AXES, "retires": 2},
        OptionError,
        "did you mean 'retries'?",
    ),
    "a thread": ({"grid": AXES, "isolation": "thread"}, OptionError, "leave isolation out"),
    "an option that cannot be kept": (
        {"grid": AXES, "retry_on": [ValueError]},
        OptionError,
        "'retry_on' of a sweep must be a number or a text",
    ),
    "the cache": ({"grid": AXES, "cache": True}, OptionError, "cache makes no sense"),
    "none at a time": ({"grid": AXES, "max_parallel": 0}, InputError, "max_parallel is 0"),
    "a name with a slash": ({"grid": AXES, "name": "a/b"}, InputError, "'a/b' cannot be the name"),
    "failed with a grid": ({"grid": AXES, "failed": True}, InputError, "leave out the grid"),
    "failed where there is none": ({"failed": True}, WorkflowError, "there is no sweep in"),
}


@pytest.mark.parametrize(("given", "kind", "wanted"), REFUSED.values(), ids=REFUSED.keys())
def test_a_sweep_that_makes_no_sense_is_refused_before_anything_runs(
    given: dict[str, object],
    kind: type[Exception],
    wanted: str,
    notebook: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind) as caught:
        sweep(notebook, **given)  # type: ignore[arg-type]
    assert wanted in str(caught.value)
    assert not (tmp_path / "out").exists()
