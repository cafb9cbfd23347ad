"""Commands on a cluster: files from task to task, limits, retries, the cache, maps, cells."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from maze_nb import FileInput, MaClient, UrlInput, command, task, workflow
from maze_nb.errors import MemoryLimitError, TaskFailedError
from tests.endless import COMMAND, endless_processes
from tests.shells import maze_shell
from tests.waiting import wait_until

RUNNER = """\
from maze_nb.wire.code import load_code
from maze_nb.runners.python import bind_inputs

class Shout:
    TASK_KIND = "shout"
    __name__ = "shout"
    def __call__(self, text):
        raise AssertionError("only its runner calls it")

class ShoutRunner:
    def run(self, call, code, constants, dependencies):
        return {"result": bind_inputs(call, constants, dependencies)["text"].upper() + "!"}
"""
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "maze-shout"
version = "1"
[project.entry-points."maze_nb.runners"]
shout = "maze_shout:ShoutRunner"
"""
PROGRAM = """\
from maze_shout import Shout
from maze_nb import MaClient
from maze_nb.runners.registry import known_kinds
from maze_nb.sdk.task import task

if __name__ == "__main__":
    with MaClient() as client:
        workflow = client.create_workflow("w")
        made = workflow.add_task(Shout(), {"text": "hello"})
        run = client.get_run(workflow.run())
        print(run.result(made), "shout" in known_kinds(), made.function.kind)
"""


@task
def lengths(paths):
    return [len(Path(path).read_text()) for path in paths]


def test_files_go_from_command_to_command_to_function(client: MaClient, tmp_path: Path) -> None:
    (tmp_path / "rows.txt").write_text("b\na\n")
    (tmp_path / "more.txt").write_text("c\n")
    flow = client.create_workflow("files")
    first = flow.add_command(
        "mkdir out; sort {rows} > out/1.log; cat {more} {more} > out/2.log",
        {
            "rows": FileInput(tmp_path / "rows.txt"),
            "more": UrlInput((tmp_path / "more.txt").as_uri()),
        },
        outputs={"logs": "out/*.log"},
    )
    second = flow.add_command(
        "cat {logs} > all", {"logs": first.outputs["logs"]}, outputs={"whole": "all"}
    )
    third = flow.add_task(lengths, {"paths": [second.outputs["whole"]]})
    run = client.get_run(flow.run())
    assert run.result(third) == {"result": [8]}
    assert run.result(second)["whole"].read_text() == "a\nb\nc\nc\n"


def test_a_missing_output_fails_the_task_by_name(client: MaClient) -> None:
    flow = client.create_workflow("missing")
    made = flow.add_command("touch other.txt", outputs={"log": "*.log"}, name="build")
    with pytest.raises(TaskFailedError) as found:
        flow.get_task_result(flow.run(), made)
    assert "'build' did not leave '*.log', its output 'log'" in str(found.value)
    assert "other.txt" in str(found.value)


def test_each_attempt_has_a_folder_of_its_own(client: MaClient, tmp_path: Path) -> None:
    flow = client.create_workflow("retries")
    made = flow.add_command(
        "[ ! -e mine ]; touch mine; echo x >> {place}/tries; [ $(wc -l < {place}/tries) = 3 ]",
        {"place": str(tmp_path)},
        retries=2,
        backoff=0.01,
    )
    assert flow.get_task_result(flow.run(), made)["exit_code"] == 0


def test_memory_is_limited_for_all_of_its_processes(embedded: MaClient) -> None:
    flow = embedded.create_workflow("memory")
    text = f"head -c 400m /dev/zero | tail -c 400m | {COMMAND}"
    made = flow.add_command(text, resources={"cpu_mem": 200})
    with pytest.raises(MemoryLimitError, match="more than the 200 MB"):
        flow.get_task_result(flow.run(), made)
    wait_until(lambda: not endless_processes())


def test_it_comes_from_the_cache_if_its_text_and_files_are_the_same(
    embedded: MaClient, tmp_path: Path
) -> None:
    counted, rows = tmp_path / "count", tmp_path / "rows"

    def count(text: str, content: str) -> int:
        rows.write_text(content)
        flow = embedded.create_workflow("cache")
        flow.add_command(
            text,
            {"rows": FileInput(rows), "counted": str(counted)},
            outputs={"out": "out"},
            cache=True,
        )
        assert embedded.get_run(flow.run()).wait(60) == "succeeded"
        return len(counted.read_text())

    text = "echo -n x >> {counted}; cp {rows} out"
    assert [count(text, "1"), count(text, "1")] == [1, 1]
    assert count(text, "2") == 2
    assert count(f"{text}; true", "2") == 3


def test_it_is_mapped_and_called_in_a_workflow(embedded: MaClient) -> None:
    double = command("echo $(( {n} * 2 )) > it", outputs={"it": "it"}, resources={"cpu": 0.5})

    @workflow
    def flow():
        return double.map(over=[1, 2, 3]).it

    made = flow()
    run_id = made.run()
    assert [each.read_text() for each in made.returned(run_id)] == ["2\n", "4\n", "6\n"]


def test_cells_that_are_commands_run_on_the_cluster(tmp_path, capsys) -> None:
    with maze_shell(tmp_path) as shell:

        def run(text: str) -> str:
            found = shell.run_cell(text)
            printed = capsys.readouterr().out
            assert found.success, printed
            return printed

        run("rows = 'b a'")
        run(
            "%%maze_task build --kind shell -o log=out/*.log,stdout --timeout 60\n"
            "mkdir out; echo {rows} > out/a.log; echo $TASK_ID"
        )
        run("%%maze_task read\ntexts = [open(path).read() for path in log]\nname = stdout")
        run("%maze_run")
        assert run("print(texts, len(name))") == "['b a\\n'] 32\n"
        assert "build" in run("%maze_plan")


def test_a_cell_that_fails_says_so_once(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    with maze_shell(tmp_path) as shell:
        shell.run_cell("%%maze_task build --kind shell --no-cache\necho lost; exit 3")
        capsys.readouterr()
        found = shell.run_cell("%maze_run")
        printed = capsys.readouterr().out
    assert str(found.error_in_exec) == (
        "task 'build' failed: TaskFailedError: command 'build' ended with exit code 3\n"
        "Its last output:\nlost"
    )
    assert "maze_nb/runners" not in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize(("ending", "is_file"), [("cancel", False), ("timeout", True)])
def test_what_it_says_when_it_is_told_to_end_is_in_its_log(
    client, tmp_path, ending, is_file
) -> None:
    text = "trap 'echo got term; exit' TERM; echo begun; while true; do sleep 0.05; done"
    timeout = 3 if ending == "timeout" else 60
    if is_file:
        told = {"tasks": {"w": {"command": text, "options": {"timeout": timeout}}}}
        (tmp_path / "w.yaml").write_text(json.dumps(told))
        made = client.load_workflow(tmp_path / "w.yaml")
    else:
        made = client.create_workflow()
        made.add_command(text, timeout=timeout, name="w")
    run = client.get_run(made.run())

    def printed() -> str:
        return "".join(
            each["data"]["text"] for each in run.log.read() if each["type"] == "task_log"
        )

    wait_until(lambda: "begun" in printed(), 30)
    if ending == "cancel":
        run.cancel()
    run.wait(30)
    (kept,) = Path(os.environ["MAZE_HOME"], "results", run.run_id).rglob("stdout.log")
    wait_until(lambda: "got term\n" in kept.read_text(), 10)
    # A cancelled run is over, and is told nothing more.
    assert ending == "cancel" or "got term\n" in printed()


def test_runners_of_installed_packages_are_found(tmp_path: Path, script) -> None:
    source, target = tmp_path / "source", tmp_path / "installed"
    (source / "maze_shout").mkdir(parents=True)
    (source / "maze_shout" / "__init__.py").write_text(RUNNER)
    (source / "pyproject.toml").write_text(PROJECT)
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation",
         "--no-index", "--disable-pip-version-check", "--target", str(target), str(source)],
        check=True,
        timeout=100,
    )  # fmt: skip
    printed = script(PROGRAM, PYTHONPATH=str(target)).end()
    assert printed.splitlines()[-1] == "{'result': 'HELLO!'} True shout"
