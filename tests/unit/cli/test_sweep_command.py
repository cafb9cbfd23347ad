"""What ``maze-nb sweep`` refuses before anything runs."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from maze_nb.cli.main import main

PARAMETERS = "rate: float = 0.5\ndepth: int = 1\nname = 'a'\nlayers: list = []"

REFUSED: dict[str, tuple[list[str], str]] = {
    "no grid": (["train.ipynb"], "a sweep needs a grid"),
    "no notebook": (["-g", "rate=1"], "name the notebook"),
    "no equals sign": (["train.ipynb", "-g", "rate"], "'rate' is no part of a grid"),
    "an empty range": (["train.ipynb", "-g", "depth=6:2"], "'6:2' in 'depth=6:2' is empty"),
    "twice": (["train.ipynb", "-g", "rate=1", "-g", "rate=2"], "'rate' is in the grid twice"),
    "fixed too": (["train.ipynb", "-g", "rate=1", "-p", "rate", "2"], "fixed too"),
    "no parameter": (["train.ipynb", "-g", "rat=1"], "did you mean 'rate'?"),
    "of another type": (["train.ipynb", "-g", "depth=1,high"], "'depth' of train.ipynb takes"),
    "fixed to another type": (
        ["train.ipynb", "-g", "rate=1", "-p", "depth", "high"],
        "'depth' of train.ipynb takes",
    ),
    "fixed to a word and not a list": (
        ["train.ipynb", "-g", "rate=1", "-p", "layers", "64,10"],
        "-y 'layers: …' gives one as YAML",
    ),
    "fixed to YAML of another type": (
        ["train.ipynb", "-g", "rate=1", "-y", "layers: 64"],
        "'layers' of train.ipynb takes",
    ),
    "failed with YAML": (["--failed", "-y", "layers: [1]", "--output", "x"], "leave out -y"),
    "where no file can be": (
        ["train.ipynb", "-g", "rate=1", "--output", "/proc/x/y"],
        "the folder /proc/x/y of the sweep cannot be written to",
    ),
    "in a file": (
        ["train.ipynb", "-g", "rate=1", "--output", "train.ipynb/x"],
        "train.ipynb/x of the sweep cannot be written to",
    ),
    "many": (
        ["train.ipynb", "-g", "depth=1:1001"],
        "1,001 combinations, depth (1,001): give --yes",
    ),
    "far too many": (["train.ipynb", "--yes", "-g", "depth=1:200000"], "more than 100,000"),
    "no resource": (["train.ipynb", "-g", "rate=1", "-r", "cpus", "1"], "unknown resource 'cpus'"),
    "none at a time": (["train.ipynb", "-g", "rate=1", "--max-parallel", "0"], "max-parallel"),
    "a negative timeout": (["train.ipynb", "-g", "rate=1", "--timeout", "-1"], "'timeout'"),
    "failed with a grid": (["--failed", "-g", "rate=1", "--output", "x"], "leave out -g"),
    "failed with a kernel": (["--failed", "--kernel", "k", "--output", "x"], "leave out --kernel"),
    "failed without a sweep": (["--failed", "--output", "x"], "as in --output FOLDER"),
    "failed of what": (["--failed"], "say which sweep"),
}


@pytest.mark.parametrize(("words", "wanted"), REFUSED.values(), ids=REFUSED.keys())
def test_what_makes_no_sense_ends_with_2_and_leaves_nothing(
    words: list[str], wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cell = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    kernel = {"name": "python3", "display_name": "p", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})
    nbformat.write(notebook, tmp_path / "train.ipynb")
    result = CliRunner().invoke(main, ["sweep", *words])
    assert result.exit_code == 2, result.output
    assert wanted in " ".join(result.output.split())
    assert [path.name for path in tmp_path.iterdir()] == ["train.ipynb"]
