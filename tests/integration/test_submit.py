"""What `maze-nb submit` and `maze-nb validate` say and leave, as people and programs see it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb import MaClient
from tests.file_server import files_served
from tests.waiting import wait_until
from tests.workflow_commands import maze_nb, submit, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_one_that_fails_and_what_follows_it(separate: str, folder: Path) -> None:
    (folder / "mine.py").write_text("def fail(): raise ValueError('it broke')\n")
    text = """
        tasks:
          bad: {command: "echo before; exit 4"}
          worse: {run: "mine:fail"}
          slow: {command: "sleep 60", options: {timeout: 0.5}}
          after: {command: "echo ${bad.stdout}"}
    """
    found = submit(write(folder, text), separate, code=1)
    assert found["status"] == "failed"
    assert found["results"] == {}
    assert "ended with exit code 4\nIts last output:\nbefore" in found["errors"]["bad"]
    assert "it broke" in found["errors"]["worse"]
    assert "timeout of 0.5 s" in found["errors"]["slow"]
    assert "after" not in found["errors"]
    assert found["states"] == {
        **dict.fromkeys(["bad", "worse", "slow"], "failed"),
        "after": "skipped",
    }
    assert found["skipped"] == {"after": "bad failed"}
    told = maze_nb("submit", str(folder / "flow.yaml"), "--address", separate, cwd=folder, code=1)
    assert "bad | before" in told


HELPED = """
    name: helped
    tasks:
      load: {run: "mine:load"}
      never: {command: "echo no", when: "${load.result.flags.no}"}
      after: {command: "echo ${never.stdout}"}
      score: {command: "echo ${item}", foreach: "${load.result.rows}", name: its name}
      kept: {command: "echo kept", name: its name}
"""


def test_json_tells_of_the_tasks_of_the_file_and_of_no_others(separate: str, folder: Path) -> None:
    (folder / "mine.py").write_text("def load(): return {'rows': [1, 2], 'flags': {'no': False}}\n")
    found = submit(write(folder, HELPED), separate)
    assert set(found) == {"run_id", "status", "states", "results", "errors", "skipped"}
    assert found["status"] == "succeeded"
    succeeded = ["load", "score", "kept"]
    assert found["states"] == {
        **dict.fromkeys(succeeded, "succeeded"), "never": "skipped", "after": "skipped",
    }  # fmt: skip
    assert sorted(found["results"]) == sorted(succeeded)
    assert found["results"]["score"]["stdout"] == ["1", "2"]
    listed = maze_nb("runs", "results", found["run_id"], "--json", cwd=folder)
    places = {(row["task"], row["place"].partition(",")[0]) for row in json.loads(listed)}
    assert {place for task, place in places if task == "its name"} == {"in its items", ""}
    assert found["results"]["kept"]["stdout"] == "kept"
    assert set(found["skipped"]) == {"never", "after"}
    assert found["errors"] == {}


@pytest.mark.parametrize("command", ["validate", "submit"])
def test_parameters_by_url(folder: Path, command: str) -> None:
    file = write(folder, "parameters: {n: 1}\ntasks: {a: {command: 'echo ${parameters.n}'}}")
    with files_served(folder) as url:
        told = maze_nb(command, str(file), "-f", f"{url}/no.yaml", cwd=folder, code=2)
        assert f"{url}/no.yaml cannot be read: the server answers 404" in told
        assert told.count("\n") == 1
        (folder / "given.yaml").write_text("m: 2\n")
        code = 1 if command == "validate" else 2
        told = maze_nb(command, str(file), "-f", f"{url}/given.yaml", cwd=folder, code=code)
        assert "no parameter is called 'm': known are: 'n'" in told


def test_detached_it_goes_on(separate: str, folder: Path) -> None:
    file = write(folder, "tasks: {a: {command: [echo, hello]}}")
    run_id = maze_nb("submit", str(file), "--address", separate, "--detach", cwd=folder).strip()
    with MaClient(separate) as client:
        assert client.get_run(run_id).wait(60) == "succeeded"
        assert client.get_run(run_id).result("a") == {"exit_code": 0, "stdout": "hello"}


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        (["validate"], "tasks:\n  a: {command: echo}\n  b: {run: x}\n", "b.run: 'x' is no import"),
        (["validate"], "tasks: {a: {command: echo, nedes: b}}\n", "a.nedes: is not known here"),
    ],
)
def test_validate_says_where(folder: Path, words: list[str], text: str, told: str) -> None:
    file = write(folder, text)
    found = maze_nb(*words, str(file), cwd=folder, code=1)
    assert told in found
    assert found.startswith(f"{file}:")
    told_json = json.loads(maze_nb(*words, "--json", str(file), cwd=folder, code=1))
    assert not told_json["is_valid"]
    assert set(told_json["problems"][0]) == {"line", "column", "path", "message"}
    refused = maze_nb("submit", str(file), cwd=folder, code=2)
    assert told in refused


def test_validate_of_what_is_right(folder: Path) -> None:
    file = write(
        folder, "parameters: {n: {type: int}}\ntasks: {a: {command: 'echo ${parameters.n}'}}"
    )
    words = "-m", "maze_nb.cli.main", "validate", str(file)
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{file}: valid, 1 task\n", "")
    assert "parameters.n: has to be given: -p n …" in maze_nb(
        "submit", str(file), cwd=folder, code=2
    )
    wrong = maze_nb("validate", str(file), "-p", "n", "x", cwd=folder, code=1)
    assert "parameters.n: is 'x' (str), but has to be an int" in wrong
    assert json.loads(maze_nb("validate", "--schema", cwd=folder))["title"] == "A Maze workflow"


def test_submit_starts_a_cluster_where_there_is_none(folder: Path, monkeypatch) -> None:
    monkeypatch.setenv("MAZE_HOME", str(folder / "home"))
    file = write(folder, "tasks: {a: {command: [echo, '${parameters.x}']}}\nparameters: {x: [1]}")
    (folder / "given.yaml").write_text("x: [2, 3]\n")
    told = maze_nb("submit", str(file), "-f", str(folder / "given.yaml"), cwd=folder)
    assert "a | [2, 3]" in told
    assert "succeeded" in told
    refused = maze_nb("submit", str(file), "--detach", cwd=folder, code=2)
    assert "--detach takes a cluster that outlives this command" in refused


def test_ctrl_c_ends_what_was_started_for_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAZE_HOME", str(folder / "home"))
    marker = folder / "pid"
    file = write(folder, f"tasks: {{a: {{command: 'echo $$ > {marker}; sleep 100'}}}}")
    process = subprocess.Popen(
        [sys.executable, "-m", "maze_nb.cli.main", "submit", str(file)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: marker.exists() and marker.read_text().strip() != "", 60)
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate(timeout=10)
    assert process.returncode == 130
    assert "is cancelled, as its cluster ends with this command" in error
    assert "Traceback" not in error
    pid = int(marker.read_text())
    wait_until(lambda: not Path(f"/proc/{pid}").exists(), 20)
