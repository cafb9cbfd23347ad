"""The examples of the README and of guides run as they stand there."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest

from maze_nb import MaClient, task

ROOT = Path(__file__).parents[2]


def example(path: Path, contains: str) -> str:
    """Return the one Python example of a page that contains a text."""
    found = re.findall(r"^```python\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (code,) = [code for code in found if contains in code]
    return str(code)


def test_functions_as_workflows(embedded: MaClient) -> None:
    names: dict = {"__name__": "docs"}
    exec(example(ROOT / "docs/functions.md", "either("), names)
    made = names["made"]
    assert made.returned(names["run_id"]) == {"value": 328_350, "text": "328,350"}
    assert names["report"].on(embedded)(3).name == "report"
    with pytest.raises(Exception, match="number"):
        names["square"].map(over=5)


@pytest.mark.usefixtures("embedded")
def test_the_readme(tmp_path: Path) -> None:
    file = tmp_path / "numbers.txt"
    file.write_text("1\n2.5\n", "utf-8")
    names: dict = {"__name__": "docs"}
    code = example(ROOT / "README.md", "@workflow")
    # The embedded cluster stays in the folder in which another test started it.
    exec(code.replace("numbers.txt", str(file)), names)
    assert names["wf"].returned(names["run_id"]) == 3.5


@pytest.mark.usefixtures("embedded")
def test_commands_and_files_of_the_readme(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("to be or not to be\n", "utf-8")
    names: dict = {"__name__": "docs"}
    code = example(ROOT / "README.md", "add_command")
    shared = tmp_path / "shared"
    exec(code.replace("text.txt", str(file)).replace("/shared/results", str(shared)), names)
    assert names["wf"].get_task_result(names["run_id"], names["counted"]) == {"result": 4}
    kept = shared / names["run_id"] / names["words"].task_id
    assert (kept / "words.txt").read_text() == "be\nnot\nor\nto\n"
    assert {"manifest.json", "words.txt"} <= {each.name for each in kept.iterdir()}


@pytest.mark.usefixtures("embedded")
def test_files_from_stage_to_stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "points.csv").write_text("a,b\n", "utf-8")
    names: dict = {"__name__": "docs"}
    exec(example(ROOT / "docs/files.md", "FileInput"), names)
    looked = names["wf"].get_task_result(names["run_id"], names["looked"])
    assert looked == {"files": ["weights.txt"]}


@pytest.mark.usefixtures("embedded")
def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "hello"
    folder.mkdir()
    (folder / "Makefile").write_text("all:\n\techo 'echo hello' > hello\n", "utf-8")
    with tarfile.open(tmp_path / "hello.tar", "w") as packed:
        packed.add(folder, "hello")
    names: dict = {"__name__": "docs", "count_warnings": task(lambda logs: len(logs))}
    exec(example(ROOT / "docs/command-tasks.md", "add_command("), names)
    run = names["client"].get_run(names["workflow"].run())
    built = run.result(names["build"])
    assert built["program"].read_text() == "echo hello\n"
    assert [log.name for log in built["log"]] == ["make.log"]
