"""The workflow patterns people start from, on the embedded and on a separate cluster."""

from __future__ import annotations

import pytest

from maze_nb import MaClient, task
from tests.seed_tasks import analyze_data, calculate, clean_data, export_json, load_data


@task(inputs=["value"], outputs=["doubled"])
def double(params):
    return {"doubled": params["value"] * 2}


@task(inputs=["a", "b"], outputs=["merged"])
def merge(params):
    return {"merged": [params["a"], params["b"]]}


@task
def power(base, exponent=2):
    return base**exponent


def test_linear(client: MaClient) -> None:
    workflow = client.create_workflow()
    t1 = workflow.add_task(load_data, inputs={"filename": "data.txt"})
    t2 = workflow.add_task(clean_data, inputs={"data": t1.outputs["data"]})
    t3 = workflow.add_task(analyze_data, inputs={"data": t2.outputs["cleaned_data"]})
    run_id = workflow.run()
    assert isinstance(run_id, str)
    summary = workflow.show_results(run_id)
    assert summary["workflow_completed"]
    assert summary["run_id"] == run_id
    assert summary["status"] == "succeeded"
    assert not summary["has_exception"]
    assert summary["exception_tasks"] == []
    assert summary["task_results"][t3.task_id] == {"result": "Analysis: 18 characters"}


def test_several_ends(client: MaClient) -> None:
    workflow = client.create_workflow()
    t1 = workflow.add_task(load_data, inputs={"filename": "db"})
    t2 = workflow.add_task(export_json, inputs={"data": t1.outputs["data"]})
    t3 = workflow.add_task(clean_data, inputs={"data": t1.outputs["data"]})
    results = workflow.show_results(workflow.run())["task_results"]
    assert results[t2.task_id] == {"json_result": '{"data": "Data from db"}'}
    assert results[t3.task_id] == {"cleaned_data": "DATA FROM DB"}


def test_diamond_and_complex(client: MaClient) -> None:
    workflow = client.create_workflow()
    t1 = workflow.add_task(calculate, inputs={"a": 10, "b": 5})
    t2 = workflow.add_task(double, inputs={"value": t1.outputs["sum"]})
    t3 = workflow.add_task(double, inputs={"value": t1.outputs["product"]})
    t4 = workflow.add_task(double, inputs={"value": t3.outputs["doubled"]})
    t5 = workflow.add_task(merge, inputs={"a": t2.outputs["doubled"], "b": t3.outputs["doubled"]})
    run_id = workflow.run()
    assert workflow.get_task_result(run_id, t5) == {"merged": [30, 100]}
    assert workflow.get_task_result(run_id, t4.task_id) == {"doubled": 200}
    messages = list(workflow.get_results(run_id, verbose=False))
    order = {
        (m["type"], m["data"].get("task_id")): m["seq"] for m in messages if "task_id" in m["data"]
    }
    for before, after in [(t1, t2), (t1, t3), (t3, t4), (t2, t5), (t3, t5)]:
        assert order["finish_task", before.task_id] < order["start_task", after.task_id]


def test_several_outputs(client: MaClient) -> None:
    workflow = client.create_workflow()
    t1 = workflow.add_task(calculate, inputs={"a": 10, "b": 5})
    used = [
        workflow.add_task(double, inputs={"value": t1.outputs[name]})
        for name in ("sum", "product", "difference")
    ]
    run_id = workflow.run()
    found = [workflow.get_task_result(run_id, t)["doubled"] for t in used]
    assert found == [30, 100, 10]
    assert workflow.get_task_result(run_id, t1) == {"sum": 15, "product": 50, "difference": 5}


def test_plain_functions_and_nested_references(client: MaClient) -> None:
    workflow = client.create_workflow()
    t1 = workflow.add_task(power, inputs={"base": 3})
    t2 = workflow.add_task(power, inputs={"base": t1.outputs["result"], "exponent": 1})
    total = workflow.add_task(
        add_up, inputs={"parts": {"x": [t1.outputs["result"]], "y": (t2.outputs["result"], 1)}}
    )
    assert workflow.get_task_result(workflow.run(), total) == {"result": 19}


@task
def add_up(parts):
    return sum(parts["x"]) + sum(parts["y"])


def test_repeated_runs_are_independent(client: MaClient) -> None:
    workflow = client.create_workflow()
    made = workflow.add_task(double, inputs={"value": 1})
    first = workflow.run()
    made.set_input("value", 5)
    second, third = workflow.run(), workflow.run()
    assert len({first, second, third}) == 3
    found = [workflow.get_task_result(run_id, made)["doubled"] for run_id in (first, second, third)]
    assert found == [2, 10, 10]


def test_streaming_and_messages(client: MaClient) -> None:
    workflow = client.create_workflow("streamed")
    made = workflow.add_task(double, inputs={"value": 4}, name="twice")
    run_id = workflow.run()
    everything = list(workflow.get_results(run_id, verbose=False))
    messages = [m for m in everything if m["type"] != "node_usage"]
    assert [m["type"] for m in messages] == [
        "start_workflow", "start_task", "finish_task", "finish_workflow",
    ]  # fmt: skip
    assert [m["seq"] for m in everything] == list(range(1, len(everything) + 1))
    assert all(m["data"]["run_id"] == run_id for m in messages)
    started, finished = messages[1]["data"], messages[2]["data"]
    for data in (started, finished):
        assert data["workflow_id"] == workflow.workflow_id
        assert data["task_id"] == made.task_id
        assert data["task_name"] == "twice"
        assert data["attempt"] == 1
    assert started["node_ip"] == "127.0.0.1"
    assert started["node_id"]
    assert started["worker"].startswith("tcp://")
    assert started["gpu_ids"] == []
    assert finished["result"] == {"doubled": 8}
    assert messages[3]["data"]["status"] == "succeeded"
    assert messages[3]["data"]["has_exception"] is False


def test_cache(client: MaClient, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow = client.create_workflow()
    made = workflow.add_task(double, inputs={"value": 4})
    run_id = workflow.run()
    first = workflow.get_results(run_id, verbose=False)
    assert len(first) == 4
    assert run_id in workflow.list_cached_runs()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a cached run must need no connection")

    with monkeypatch.context() as patch:
        patch.setattr(client.dask_client, "sync", refuse)
        assert list(workflow.get_results(run_id, verbose=False)) == list(first)
        assert workflow.get_task_result(run_id, made) == {"doubled": 8}
    workflow.clear_cache(run_id)
    assert workflow.get_task_result(run_id, made) == {"doubled": 8}
    workflow.clear_cache()
    assert run_id in workflow.list_cached_runs()
    client.forget(run_id)
    assert run_id not in workflow.list_cached_runs()


def test_a_run_is_found_by_another_client(client: MaClient) -> None:
    workflow = client.create_workflow()
    made = workflow.add_task(double, inputs={"value": 4}, name="twice")
    run_id = workflow.run()
    with MaClient(client.address) as other:
        run = other.get_run(run_id)
        assert run.wait(30) == "succeeded"
        assert run.result("twice") == {"doubled": 8}
        assert dict(run.task_results) == {made.task_id: {"doubled": 8}}
        assert run_id in {summary.run_id for summary in other.runs()}


def test_an_empty_workflow_finishes_at_once(client: MaClient) -> None:
    workflow = client.create_workflow()
    summary = workflow.show_results(workflow.run())
    assert summary["workflow_completed"]
    assert summary["task_results"] == {}


def test_order_without_data(client: MaClient) -> None:
    workflow = client.create_workflow()
    first = workflow.add_task(double, inputs={"value": 1})
    second = workflow.add_task(double, inputs={"value": 2})
    workflow.add_edge(first, second)
    messages = list(workflow.get_results(workflow.run(), verbose=False))
    order = [m["data"]["task_id"] for m in messages if m["type"] in ("start_task", "finish_task")]
    assert order == [first.task_id, first.task_id, second.task_id, second.task_id]


def test_big_values_come_when_read(client: MaClient) -> None:
    workflow = client.create_workflow()

    @task(outputs=["big", "small"])
    def make():
        return b"x" * 1_000_000, 1

    made = workflow.add_task(make)
    messages = list(workflow.get_results(workflow.run(), verbose=False))
    result = messages[-2]["data"]["result"]
    inline = {output["name"]: output["inline"] for output in messages[-2]["data"]["outputs"]}
    assert inline == {"big": False, "small": True}
    assert result["small"] == 1
    assert len(result["big"]) == 1_000_000
    assert made.task_id == messages[-2]["data"]["task_id"]


def test_large_constants_travel_once(client: MaClient) -> None:
    workflow = client.create_workflow()
    data = list(range(50_000))
    tasks = [workflow.add_task(measure, inputs={"data": data, "extra": n}) for n in range(5)]
    run_id = workflow.run()
    found = [workflow.get_task_result(run_id, t)["result"] for t in tasks]
    assert found == [50_000 + n for n in range(5)]


@task
def measure(data, extra):
    data.append(None)
    return len(data) - 1 + extra


async def _later(value):
    return value + 1


def test_coroutine_functions(client: MaClient) -> None:
    workflow = client.create_workflow()
    made = workflow.add_task(_later, inputs={"value": 1})
    assert workflow.get_task_result(workflow.run(), made) == {"result": 2}


def test_functions_without_source(client: MaClient) -> None:
    scope: dict[str, object] = {}
    exec("def triple(x):\n    return x * 3", scope)
    workflow = client.create_workflow()
    made = workflow.add_task(scope["triple"], inputs={"x": 2})
    assert workflow.get_task_result(workflow.run(), made) == {"result": 6}


def test_what_was_added_first_starts_first(embedded) -> None:
    workflow = embedded.create_workflow()
    whole_node = {"cpu": embedded.nodes()[0].cpu}
    tasks = [
        workflow.add_task(double, inputs={"value": n}, resources=whole_node) for n in range(12)
    ]
    messages = workflow.get_results(workflow.run(), verbose=False)
    begun = [m["data"]["task_id"] for m in messages if m["type"] == "start_task"]
    assert begun == [task.task_id for task in tasks]
