"""The workflows that people start from, as files and in Python: both do the same."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from maze_nb import MaClient
from maze_nb.sdk.workflow import Workflow
from tests import seed_tasks as tasks_module
from tests.workflow_commands import submit, write


def linear(w: Workflow, t: Any) -> None:
    t1 = w.add_task(t.load_data, inputs={"filename": "data.txt"})
    t2 = w.add_task(t.clean_data, inputs={"data": t1.outputs["data"]})
    w.add_task(t.analyze_data, inputs={"data": t2.outputs["cleaned_data"]})


def several_ends(w: Workflow, t: Any) -> None:
    t1 = w.add_task(t.fetch_data, inputs={"source": "database"})
    w.add_task(t.export_json, inputs={"data": t1.outputs["data"]})
    w.add_task(t.export_csv, inputs={"data": t1.outputs["data"]})


def diamond(w: Workflow, t: Any) -> None:
    t1 = w.add_task(t.prepare_data, inputs={"input": "raw_data"})
    t2 = w.add_task(t.process_method_a, inputs={"data": t1.outputs["data"]})
    t3 = w.add_task(t.process_method_b, inputs={"data": t1.outputs["data"]})
    results = {"result_a": t2.outputs["result_a"], "result_b": t3.outputs["result_b"]}
    w.add_task(t.merge_results, inputs=results)


def several_stages(w: Workflow, t: Any) -> None:
    t1 = w.add_task(t.step, inputs={"in": "input"}, name="initial")
    t2 = w.add_task(t.step, inputs={"in": t1.outputs["out"]}, name="a")
    t3 = w.add_task(t.step, inputs={"in": t1.outputs["out"]}, name="b")
    w.add_task(t.step, inputs={"in": t3.outputs["out"]}, name="export")
    w.add_task(t.final_process, inputs={"a": t2.outputs["out"], "b": t3.outputs["out"]})


def several_outputs(w: Workflow, t: Any) -> None:
    t1 = w.add_task(t.calculate, inputs={"a": 10, "b": 5})
    w.add_task(t.debug_task, inputs={"value": t1.outputs["sum"]}, name="use_sum")
    w.add_task(
        t.debug_task,
        inputs={"value": t1.outputs["product"]},
        name="use_product",
        resources={"cpu": 2, "cpu_mem": 256},
    )


PATTERNS: dict[Callable[[Workflow, Any], None], str] = {
    linear: """
        parameters: {filename: data.txt}
        tasks:
          load_data: {run: "seed_tasks:load_data", inputs: {filename: "${parameters.filename}"}}
          clean_data: {run: "seed_tasks:clean_data", inputs: {data: "${load_data.data}"}}
          analyze_data:
            run: seed_tasks:analyze_data
            inputs: {data: "${clean_data.result.cleaned_data}"}
    """,
    several_ends: """
        tasks:
          export_json: {run: "seed_tasks:export_json", inputs: {data: "${fetch_data.data}"}}
          export_csv: {run: "seed_tasks:export_csv", inputs: {data: "${fetch_data.data}"}}
          fetch_data: {run: "seed_tasks:fetch_data", inputs: {source: database}}
    """,
    diamond: """
        tasks:
          prepare_data: {run: "seed_tasks:prepare_data", inputs: {input: raw_data}}
          process_method_a:
            run: seed_tasks:process_method_a
            inputs: &data {data: "${prepare_data.data}"}
          process_method_b:
            run: seed_tasks:process_method_b
            inputs: *data
          merge_results:
            run: seed_tasks:merge_results
            inputs:
              result_a: ${process_method_a.result_a}
              result_b: ${process_method_b.result_b}
    """,
    several_stages: """
        tasks:
          initial: {run: "seed_tasks:step", inputs: {in: input}}
          a: {run: "seed_tasks:step", inputs: {in: "${initial.out}"}}
          b: {run: "seed_tasks:step", inputs: {in: "${initial.out}"}}
          export: {run: "seed_tasks:step", inputs: {in: "${b.out}"}}
          final_process: {run: "seed_tasks:final_process", inputs: {a: "${a.out}", b: "${b.out}"}}
    """,
    several_outputs: """
        tasks:
          calculate: {run: "seed_tasks:calculate", inputs: {a: 10, b: 5}}
          use_sum: {run: "seed_tasks:debug_task", inputs: {value: "${calculate.sum}"}}
          use_product:
            run: seed_tasks:debug_task
            inputs: {value: "${calculate.product}"}
            resources: {cpu: 2, cpu_mem: 256}
    """,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with the tasks, and files beside them."""
    (tmp_path / "seed_tasks.py").write_text(Path(str(tasks_module.__file__)).read_text())
    return tmp_path


@pytest.fixture
def seed_tasks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give the module of the tasks, as Python imports it."""
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "seed_tasks", raising=False)
    yield importlib.import_module("seed_tasks")
    sys.modules.pop("seed_tasks", None)


@pytest.mark.parametrize("build", PATTERNS, ids=lambda build: build.__name__)
def test_a_file_does_what_the_same_workflow_in_python_does(
    separate: str, folder: Path, seed_tasks: ModuleType, build: Callable[[Workflow, Any], None]
) -> None:
    with MaClient(separate) as client:
        workflow = client.create_workflow()
        build(workflow, seed_tasks)
        run = client.get_run(workflow.run())
        assert run.wait(60) == "succeeded"
        by_id = run.task_results
        expected = {task.name: dict(by_id[task.task_id]) for task in workflow.get_tasks()}
    found = submit(write(folder, PATTERNS[build]), separate)
    assert found["status"] == "succeeded"
    assert found["results"] == expected
    assert found["errors"] == {}
