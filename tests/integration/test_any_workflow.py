"""Whatever stands in a file: what is valid runs to an end on a real cluster, and says how."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from maze_nb import MaClient
from maze_nb.sdk.workflow_file.load import check_file

FLOW = """\
name: demo
parameters:
  lr: {type: float, default: 0.1, choices: [0.1, 1.0]}
  rows: [1, 2]
tasks:
  load:
    run: anyrun_tasks:load
    inputs: {count: 3, label: "lr ${parameters.lr}"}
    resources: {cpu: 1, cpu_mem: 64}
    options: {timeout: 5, retries: 1, retry_on: [OSError], env: {X: 1}}
  each:
    run: anyrun_tasks:load
    foreach: ${load.result.rows}
    inputs: {count: "${item}", label: "${item} ${load.result}"}
    needs: load
  many: {command: "echo ${item.x} \\"${inputs.y}\\"", foreach: {x: 1..2, y: "${parameters.rows}"}}
  list: {command: [echo, "${item}"], foreach: [1, "${load.result}"], when: true}
  left: {command: "echo [1] > o.json", outputs: {o: {json: o.json}, f: o.json, g: "*.json"}}
  end: {command: "echo ${left.o[0]} ${left.f}", when: "not ${load.result.bad}", cwd: .}
"""
TEMPLATE = """\
apiVersion: v1
kind: Task
metadata: {name: t}
spec:
  stages:
    - name: a
      spec:
        taskType: command
        resources: {hardware: {cpu: 1, memory: 16Mi}}
        command: echo
        output: {destination: {type: local, path: kept}}
    - name: b
      dependsOn: [a]
      spec: {run: "anyrun_tasks:load", checkpoint: {load: {url: "${a.result.stdout}"}}}
"""
MODULE = """
def load(count=1, label='', checkpoint=None):
    return {"rows": list(range(count)), "bad": False, "label": label}
"""
# Only what cannot have a shell do harm, or a run take long.
WORDS = [
    *("null", "~", "true", "no", "0", "1", "-1", "1e3", ".nan", "''", "x", "é", "\U0001f600"),
    *("[]", "{}", "[1, [2]]", "{a: 1}", "1..3", "2..2", "${item}", "${load.result}", "$${"),
    *("${load.result.rows[0]}", "${parameters.lr}", "${left.o}", "needs: load", "9" * 20, "a b"),
    *("load", "each", "command", "run", "cwd", "name", "cpu", "retries", "timeout", "\\t", "\\x00"),
]
PLACES = [
    (text, found.span()) for text in (FLOW, TEMPLATE) for found in re.finditer(r"[\w.$}{]+", text)
]
SECONDS = 45.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "anyrun_tasks.py").write_text(MODULE)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("anyrun_tasks", None)


def is_valid(file: Path) -> bool:
    """Check a file; what is wrong with it has its place."""
    found = check_file(file)
    event("refused" if found.problems else "runs")
    assert all(problem.line >= 1 and problem.message for problem in found.problems)
    return not found.problems


def run_it(client: MaClient, file: Path) -> None:
    """Run a valid file to its end; what fails fails by its own fault, and says so."""
    text = file.read_text(encoding="utf-8")
    try:
        run = client.get_run(client.load_workflow(file).run())
        status = run.wait(SECONDS)
    except Exception as error:
        error.add_note(text)
        raise
    if status not in ("succeeded", "failed"):
        run.cancel()
        assert run.wait(SECONDS) == "cancelled", text
    for message in run.messages():
        if message["type"] == "task_exception":
            error = message["data"]["error"]
            assert error["type"].rpartition(".")[2] in EXPECTED, (text, error)


EXPECTED = {
    *("TaskFailedError", "TaskTimeoutError", "InputError", "MemoryLimitError", "ResourceError"),
    *("TypeError", "ValueError", "FileNotFoundError", "OverflowError"),
}


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


changes = st.lists(
    st.tuples(st.sampled_from(PLACES), st.sampled_from(WORDS)), min_size=10, max_size=10
)


def check_each(client: MaClient, folder: Path, found: list) -> None:
    """Check files with one word changed each, and run those of them that are valid."""
    file = folder / "flow.yaml"
    for (text, (start, end)), word in found:
        file.write_text(text[:start] + word + text[end:], encoding="utf-8")
        if is_valid(file):
            run_it(client, file)


@bounded(6)
@given(found=changes)
def test_files_with_a_word_changed(embedded: MaClient, folder: Path, found: list) -> None:
    check_each(embedded, folder, found)


@pytest.mark.long
@pytest.mark.timeout(1800)
@bounded(150)
@given(found=changes)
def test_many_files_with_a_word_changed(embedded: MaClient, folder: Path, found: list) -> None:
    check_each(embedded, folder, found)


@pytest.mark.parametrize("text", [FLOW, TEMPLATE], ids=["a workflow", "a template"])
def test_what_is_changed_here_runs_itself(embedded: MaClient, folder: Path, text: str) -> None:
    file = folder / "flow.yaml"
    file.write_text(text)
    assert check_file(file).problems == []
    run = embedded.get_run(embedded.load_workflow(file).run())
    assert run.wait(SECONDS) == "succeeded"
