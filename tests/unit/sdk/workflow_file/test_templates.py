"""Templates with ``apiVersion`` and ``spec``: what is mapped, and what is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from maze_nb.sdk.workflow_file.load import check_file, load_into
from maze_nb.sdk.workflow_graph import WorkflowGraph


def template(**spec: object) -> dict:
    return {
        "apiVersion": "v1",
        "kind": "Task",
        "metadata": {"name": "demo"},
        "spec": {"command": "echo", **spec},
    }


def hardware(**found: object) -> dict:
    return {"resources": {"hardware": found}}


def to(**found: object) -> dict:
    return {"output": {"destination": found}}


def loaded(tmp_path: Path, content: dict) -> WorkflowGraph:
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump(content))
    workflow = WorkflowGraph()
    load_into(workflow, file)
    return workflow


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (hardware(cpu="500m", memory="2Gi"), {"cpu": 0.5, "cpu_mem": 2048}),
        (hardware(cpu=2, memory=300), {"cpu": 2, "cpu_mem": 300}),
        (hardware(gpu={"memory": "24GB"}), {"gpu": 1, "gpu_mem": 22888.184}),
        (
            hardware(gpu={"memory": "24Gi", "count": "2", "type": "any"}),
            {"gpu": 2, "gpu_mem": 24576},
        ),
        (hardware(gpu={"memory": 4096, "count": 0.5}), {"gpu": 0.5, "gpu_mem": 4096}),
        ({"resources": {"replicas": 1}}, {}),
    ],
)
def test_resources(tmp_path: Path, asked: dict, found: dict) -> None:
    [task] = loaded(tmp_path, template(**asked)).get_tasks()
    assert task.name == "demo"
    expected = {"cpu": 1, "cpu_mem": 0, "gpu": 0, "gpu_mem": 0, **found}
    assert task.resources.as_dict() == pytest.approx(expected)


def test_stages(tmp_path: Path) -> None:
    stages = [
        {"name": "a", "spec": {"taskType": "command", "command": "echo"}},
        {
            "name": "b",
            "dependsOn": ["a"],
            "spec": {
                "command": "cat ${inputs.checkpoint}",
                "checkpoint": {"load": {"url": "${a.result.stdout}"}},
                "output": {"destination": {"path": "kept"}},
            },
        },
    ]
    content = {"apiVersion": "v1", "kind": "Pipeline", "spec": {"stages": stages}}
    workflow = loaded(tmp_path, content)
    assert workflow.name == "t"
    assert [task.name for task in workflow.get_tasks()] == ["a", "b", "b.output"]
    first, second, kept = workflow.get_tasks()
    assert second.inputs["checkpoint"] == first.outputs["stdout"]
    assert workflow.order_edges() == {second.task_id: [first]}
    assert kept.inputs["folder"] == str(tmp_path / "kept")


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        ({"type": "http"}, "http"),
        ({"type": "http", "url": "https://host/x/"}, "https://host/x"),
        ({"type": "s3", "url": "s3://bucket/x"}, "s3://bucket/x"),
        ({"type": "s3", "bucket": "b", "prefix": "/a/b/"}, "s3://b/a/b"),
        ({"type": "local"}, ""),
        ({}, ""),
    ],
)
def test_where_files_go(tmp_path: Path, found: dict, kept: str) -> None:
    [task] = loaded(tmp_path, template(**to(**found))).get_tasks()
    assert task.options.options.destination == kept


@pytest.mark.parametrize(
    ("spec", "path", "told"),
    [
        ({"taskType": "sft"}, "spec.taskType", "is 'sft', for which no runner is installed here"),
        ({"taskType": "python"}, "spec", "is of type 'python', but has no 'run'"),
        ({"model": {}}, "spec.model", "is not known here"),
        ({"container": "x"}, "spec", "has command and container"),
        ({"resources": {"replicas": 2}}, "spec.resources.replicas", "is not supported but for 1"),
        (hardware(disk="1Gi"), "spec.resources.hardware.disk", "is not known here"),
        (hardware(memory="lots"), "spec.resources.hardware.memory", "'lots' is no number"),
        (hardware(cpu="two"), "spec.resources.hardware.cpu", "such as 2 or 500m"),
        (
            hardware(gpu={"type": "a100"}),
            "spec.resources.hardware.gpu.type",
            "is not supported but for 'any': tag the nodes",
        ),
        (to(type="htp"), "spec.output.destination.type", "'htp' is not supported: did you mean"),
        (to(type="s3"), "spec.output.destination", "has to have either url, such as s3://"),
        (to(type="s3", url="file:///x"), "spec.output.destination", "is of type 's3', but its"),
        (to(type="s3", url="s3://"), "spec.output.destination", "it does not say where"),
        (to(type="http", path="/x"), "spec.output.destination.path", "is not for destinations of"),
        (to(type="http", url="s3://b"), "spec.output.destination", "is of type 'http', but its"),
        (to(type="http", url="http://u:p@h/x"), "spec.output.destination", "has a user, a pass"),
        (to(path=" "), "spec.output.destination.path", "has to be a text that is known"),
        (
            {**to(type="http"), "options": {"destination": "/x"}},
            "spec.output.destination",
            "is given as options.destination already",
        ),
        ({"output": {"artifacts": []}}, "spec.output.artifacts", "is not known here"),
        ({"checkpoint": {"save": 1}}, "spec.checkpoint.save", "is not known here"),
        ({"checkpoint": {"load": {}}}, "spec.checkpoint.load", "has to have either path or url"),
        (
            {"stages": [{"name": "a", "spec": {"command": "echo"}}]},
            "spec.command",
            "stands beside stages: put it into one",
        ),
        ({"checkpoint": {"load": {"url": None}}}, "spec.checkpoint.load", "either path or url"),
        ({"command": None}, "spec", "has nothing to do"),
        ({"dependsOn": "b"}, "spec.dependsOn", "no task is called 'b'"),
    ],
)
def test_what_is_refused(tmp_path: Path, spec: dict, path: str, told: str) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump(template(**spec), sort_keys=False))
    found = check_file(file).problems
    assert [each.path for each in found] == [path], found
    assert told in found[0].message
    assert found[0].line >= 5


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": "Pod"}, (2, "kind", "is 'Pod', which is no kind of template")),
        ({"apiVersion": "apps/v1"}, (1, "apiVersion", "is 'apps/v1', which is not a version")),
        ({"apiVersion": "v2"}, (1, "apiVersion", "known are v1, maze/v1")),
        ({"kind": 5}, (2, "kind", "is 5, but has to be a text")),
        ({"spec": {"stages": []}}, (5, "spec.stages", "is empty: give it at least one stage")),
        ({"apiVersion": "maze/v1", "kind": "TrainingTask"}, None),
        ({"metadata": {"name": "a name of two words"}}, None),
    ],
)
def test_the_head_of_a_template(tmp_path: Path, changed: dict, told: tuple | None) -> None:
    file = tmp_path / "t.yaml"
    file.write_text(yaml.safe_dump(template() | changed, sort_keys=False, default_flow_style=None))
    found = [(each.line, each.path, each.message) for each in check_file(file).problems]
    assert [each[:2] for each in found] == ([told[:2]] if told else [])
    assert told is None or told[2] in found[0][2]
