"""What a view asks about a task, answered from a real run on a real cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from maze_nb import MaClient, task
from maze_nb.config import HOME_VARIABLE
from maze_nb.errors import MazeError, UnknownTaskError
from maze_nb.sdk.feed.asks.table import ASKS
from maze_nb.sdk.feed.desk import Desk
from tests.waiting import wait_until


@task(outputs=["rows", "figure", "table"])
def load(size):
    import sys

    import pandas as pd
    from matplotlib.figure import Figure

    print("loading", size)
    print("careful", file=sys.stderr)
    print("loaded")
    figure = Figure()
    figure.subplots().plot(range(size))
    return {
        "rows": list(range(size)),
        "figure": figure,
        "table": pd.DataFrame({"<b>x</b>": range(3)}),
    }


@task
def fit(rows, rate, gate):
    import os

    if not os.path.exists(gate):
        raise ValueError("no gate: " + gate)
    return sum(rows) * rate


@task
def report(total):
    return f"total {total}"


@task(retries=2)
def shaky(folder):
    import os

    tried = len(os.listdir(folder))
    open(os.path.join(folder, f"{tried}"), "w").close()
    print("try", tried + 1)
    if tried < 2:
        raise OSError(f"try {tried + 1} failed")
    return tried


@task
def wait_for(gate):
    import os
    import time

    print("waiting")
    for _ in range(6000):
        if os.path.exists(gate):
            return True
        time.sleep(0.01)
    return False


@task
def talks(lines):
    for number in range(lines):
        print(f"line {number:07d}")
    return lines


class Raises:
    def __repr__(self):
        raise RuntimeError("no repr <i>today</i>")


@task(outputs=["raises", "large", "loud"])
def awkward():
    return {"raises": Raises(), "large": "x" * (65 * 2**20), "loud": Loud()}


class Loud:
    def __repr__(self):
        return "y" * 50_000_000


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MaClient]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as cluster,
        MaClient(cluster=cluster) as made,
    ):
        yield made


def ask(client: MaClient, name: str, run_id: str, **asked: object) -> dict[str, Any]:
    return dict(ASKS[name](Desk(client), {"run_id": run_id, **asked}))


def started(client: MaClient, gate: Path) -> tuple[str, dict[str, str]]:
    workflow = client.create_workflow("asked")
    first = workflow.add_task(load, inputs={"size": 5})
    second = workflow.add_task(
        fit, inputs={"rows": first.outputs["rows"], "rate": 0.5, "gate": str(gate)}
    )
    third = workflow.add_task(report, inputs={"total": second.outputs["result"]})
    run_id = workflow.run()
    ids = {each.name: each.task_id for each in (first, second, third)}
    return run_id, ids


@pytest.fixture
def failed(client: MaClient, tmp_path: Path) -> tuple[str, dict[str, str]]:
    run_id, ids = started(client, tmp_path / "gate")
    assert client.get_run(run_id).wait(60) == "failed"
    return run_id, ids


def test_the_source_and_where_inputs_come_from(client: MaClient, failed: Any) -> None:
    run_id, ids = failed
    told = ask(client, "source", run_id, task_id=ids["fit"])
    assert told["text"].splitlines()[:2] == ["@task", "def fit(rows, rate, gate):"]
    assert (told["file"], told["cell"]) == (__file__, "")
    assert Path(__file__).read_text().splitlines()[told["line"] - 1] == "@task"
    inputs = {each["name"]: each for each in told["inputs"]}
    assert inputs["rate"]["text"] == "0.5"
    assert (inputs["rows"]["task_id"], inputs["rows"]["output"]) == (ids["load"], "rows")
    with MaClient(offline=True) as offline:
        assert ask(offline, "source", run_id, task_id="fit") == told


def test_previews_of_a_list_a_figure_and_a_table(client: MaClient, failed: Any) -> None:
    run_id, ids = failed
    seen = {
        name: ask(client, "preview", run_id, task_id=ids["load"], output=name)
        for name in ("rows", "figure", "table")
    }
    assert seen["rows"]["text"] == "[0, 1, 2, 3, 4]"
    assert seen["figure"]["image"].startswith("data:image/png;base64,")
    assert "&lt;b&gt;x&lt;/b&gt;" in seen["table"]["html"]
    assert [each["error"] for each in seen.values()] == ["", "", ""]
    with pytest.raises(MazeError, match="no output 'row'"):
        ask(client, "preview", run_id, task_id=ids["load"], output="row")
    with pytest.raises(MazeError, match="has not succeeded"):
        ask(client, "preview", run_id, task_id=ids["fit"], output="result")


def test_previews_of_what_cannot_be_looked_at(client: MaClient) -> None:
    workflow = client.create_workflow("awkward")
    made = workflow.add_task(awkward)
    run = client.get_run(workflow.run())
    assert run.wait(90) == "succeeded"
    about = {
        name: ask(client, "preview", run.run_id, task_id=made.task_id, output=name)
        for name in ("raises", "large", "loud")
    }
    assert "its repr raised RuntimeError: no repr <i>today</i>" in about["raises"]["error"]
    assert "too big to be looked at here" in about["large"]["note"]
    assert about["large"]["text"] == "str"
    assert len(about["loud"]["text"]) == 100_000
    assert "cut" in about["loud"]["note"]


def test_the_log_tells_streams_and_attempts_apart(client: MaClient, tmp_path: Path) -> None:
    folder = tmp_path / "tries"
    folder.mkdir()
    workflow = client.create_workflow("logs")
    first = workflow.add_task(load, inputs={"size": 2})
    again = workflow.add_task(shaky, inputs={"folder": str(folder)})
    run = client.get_run(workflow.run())
    assert run.wait(60) == "succeeded"
    parts = ask(client, "log", run.run_id, task_id=first.task_id)["parts"]
    by_stream = {stream: [] for stream in ("stdout", "stderr")}
    for part in parts:
        by_stream[part["stream"]] += part["text"].splitlines()
    assert by_stream == {"stdout": ["loading 2", "loaded"], "stderr": ["careful"]}
    told = ask(client, "log", run.run_id, task_id=again.task_id)
    tries = [
        (part["attempt"], part["text"]) for part in told["parts"] if part["stream"] == "stdout"
    ]
    assert tries == [(1, "try 1"), (2, "try 2"), (3, "try 3")]
    assert told["left_out"] == 0


def test_the_log_has_more_than_messages_carry(client: MaClient) -> None:
    workflow = client.create_workflow("talks")
    made = workflow.add_task(talks, inputs={"lines": 200_000})
    run = client.get_run(workflow.run())
    assert run.wait(60) == "succeeded"
    told = ask(client, "log", run.run_id, task_id=made.task_id)
    (part,) = told["parts"]
    lines = part["text"].splitlines()
    assert lines[-1] == "line 0199999"
    assert len(part["text"]) <= 1_900_000
    assert told["left_out"] == 200_000 * 13 - 1_900_000


def test_all_attempts_with_what_came_of_them(client: MaClient, tmp_path: Path) -> None:
    workflow = client.create_workflow("attempts")
    again = workflow.add_task(shaky, inputs={"folder": str(tmp_path)})
    run = client.get_run(workflow.run())
    assert run.wait(60) == "succeeded"
    found = ask(client, "attempts", run.run_id, task_id=again.task_id)["attempts"]
    assert [(each["attempt"], each["state"]) for each in found] == [
        (1, "failed"), (2, "failed"), (3, "succeeded"),
    ]  # fmt: skip
    assert found[0]["error"]["message"] == "try 1 failed"
    assert "in shaky" in found[1]["error"]["traceback"]
    assert all(each["node_id"] and each["started"] <= each["finished"] for each in found)


def test_what_is_asked_before_the_first_message_is_here_waits_for_it(
    client: MaClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = client.create_workflow("elsewhere")
    gate = tmp_path / "gate"
    workflow.add_task(wait_for, inputs={"gate": str(gate)})
    run_id = workflow.run()
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home-of-another"))
    with MaClient(client.address) as other:
        said = ask(other, "cancel", run_id, task_id="wait_for")["said"]
        assert said.startswith("asked to cancel 'wait_for'")
        gate.touch()
        assert other.get_run(run_id).wait(30) == "cancelled"


def test_a_task_and_then_the_run_is_cancelled(client: MaClient, tmp_path: Path) -> None:
    workflow = client.create_workflow("cancelled")
    held = [workflow.add_task(wait_for, inputs={"gate": str(tmp_path / n)}) for n in "ab"]
    run = client.get_run(workflow.run())

    def states() -> list[str]:
        tasks = Desk(client).view(run.run_id).snapshot()["tasks"]
        return [tasks[each.task_id]["state"] for each in held if each.task_id in tasks]

    wait_until(lambda: states() == ["running", "running"], 30)
    said = ask(client, "cancel", run.run_id, task_id=held[0].task_id)["said"]
    assert said == "asked to cancel 'wait_for': what depends on it is skipped"
    wait_until(lambda: states() == ["cancelled", "running"], 30)
    with pytest.raises(MazeError, match="has ended: nothing of it is left to cancel"):
        ask(client, "cancel", run.run_id, task_id=held[0].task_id)
    assert ask(client, "cancel", run.run_id)["said"] == "asked to cancel the run"
    assert run.wait(30) == "cancelled"
    with pytest.raises(MazeError, match="has ended"):
        ask(client, "cancel", run.run_id)
    for name in "ab":
        (tmp_path / name).touch()


def test_a_failed_task_is_tried_again_in_a_new_run(
    client: MaClient, failed: Any, tmp_path: Path
) -> None:
    run_id, ids = failed
    with pytest.raises(MazeError, match="'load' has succeeded: to compute it again, run from it"):
        ask(client, "retry", run_id, task_id=ids["load"])
    (tmp_path / "gate").touch()
    told = ask(client, "retry", run_id, task_id=ids["fit"])
    again = client.get_run(told["run_id"])
    assert again.wait(60) == "succeeded"
    assert again.result("report")["result"] == "total 5.0"
    reused = Desk(client).view(again.run_id).snapshot()["tasks"][ids["load"]]["reused_from"]
    assert reused == f"run {run_id}"
    with pytest.raises(MazeError, match=r"no task of run .* has failed"):
        ask(client, "retry", again.run_id)
    further = ask(client, "rerun_from", again.run_id, task_id=ids["report"])
    last = client.get_run(further["run_id"])
    assert last.wait(60) == "succeeded"
    rows = Desk(client).view(last.run_id).snapshot()["tasks"]
    assert [bool(rows[ids[name]]["reused_from"]) for name in ids] == [True, True, False]
    assert "computes 'report'" in further["said"]


def test_one_task_is_tried_again_and_not_what_failed_beside_it(
    client: MaClient, tmp_path: Path
) -> None:
    workflow = client.create_workflow("two fail")
    gates = {name: str(tmp_path / name) for name in "ab"}
    first = workflow.add_task(load, inputs={"size": 5})
    fits = {
        name: workflow.add_task(
            fit.using(name=f"fit {name}"),
            inputs={"rows": first.outputs["rows"], "rate": 1.0, "gate": gates[name]},
        )
        for name in "ab"
    }
    own = workflow.add_task(report.using(name="own"), inputs={"total": fits["a"].outputs["result"]})
    other = workflow.add_task(
        report.using(name="other"), inputs={"total": fits["b"].outputs["result"]}
    )
    workflow.add_task(
        fit.using(name="both"),
        inputs={"rows": [fits[n].outputs["result"] for n in "ab"], "rate": 1.0, "gate": gates["a"]},
    )
    run_id = workflow.run()
    assert client.get_run(run_id).wait(60) == "failed"
    for gate in gates.values():
        Path(gate).touch()

    told = ask(client, "retry", run_id, task_id=fits["a"].task_id)

    again = client.get_run(told["run_id"])
    again.wait(60)
    tasks = Desk(client).view(again.run_id).snapshot()["tasks"]
    names = Desk(client).index(again.run_id).names
    states = {names[task_id]: row["state"] for task_id, row in tasks.items()}
    assert states == {
        "load": "succeeded", "fit a": "succeeded", "own": "succeeded",
        "fit b": "cancelled", "other": "cancelled", "both": "skipped",
    }  # fmt: skip
    assert again.result(own)["result"] == "total 10.0"
    assert tasks[first.task_id]["reused_from"] == f"run {run_id}"
    assert "'fit a' and what depends on it" in told["said"]

    further = client.get_run(ask(client, "retry", again.run_id, task_id=other.task_id)["run_id"])
    further.wait(60)
    assert further.result(other)["result"] == "total 10.0"
    assert not further.summary()["has_exception"]


@task
def gated(item, folder):
    import os

    if item and not os.path.exists(os.path.join(folder, str(item))):
        raise ValueError(f"no gate {item}")
    return item


def test_one_item_of_a_map_is_tried_again_and_not_the_others_that_failed(
    client: MaClient, tmp_path: Path
) -> None:
    workflow = client.create_workflow("items fail")
    mapped = workflow.add_map(gated, [0, 1, 2], inputs={"folder": str(tmp_path)})
    run = client.get_run(workflow.run())
    assert run.wait(60) == "failed"
    for item in "12":
        (tmp_path / item).touch()

    one = client.get_run(
        ask(client, "retry", run.run_id, task_id=run.task_id_of("gated[1]"))["run_id"]
    )
    one.wait(60)
    assert one.result("gated[1]")["result"] == 1
    with pytest.raises(MazeError):
        one.result("gated[2]")
    whole = client.get_run(ask(client, "retry", one.run_id, task_id=mapped.task_id)["run_id"])
    assert whole.wait(60) == "succeeded"
    assert whole.result("gated")["result"] == [0, 1, 2]


def test_a_cell_that_calls_a_task_with_what_it_got(
    client: MaClient, failed: Any, tmp_path: Path
) -> None:
    run_id, ids = failed
    (tmp_path / "gate").touch()
    code = ask(client, "open_in_cell", run_id, task_id=ids["fit"])["code"]
    names: dict[str, Any] = {"task": task}
    *lines, call = code.splitlines()
    assert call == "fit(rows=rows, rate=rate, gate=gate)"
    exec("\n".join([*lines, f"made = {call}"]), names)
    try:
        assert names["made"] == 5.0
    finally:
        names["_run"].client.close()


def test_what_is_not_there_is_said(client: MaClient, failed: Any) -> None:
    run_id, _ = failed
    for name in ("source", "preview", "log", "attempts", "retry", "rerun_from", "open_in_cell"):
        with pytest.raises(UnknownTaskError, match="did you mean 'fit'"):
            ask(client, name, run_id, task_id="fitt", output="result")
    with MaClient(offline=True) as offline, pytest.raises(MazeError):
        ask(offline, "retry", run_id)


@pytest.mark.alone
def test_previews_are_quick_enough_to_be_made_on_demand(client: MaClient, failed: Any) -> None:
    run_id, ids = failed
    began = time.monotonic()
    ask(client, "preview", run_id, task_id=ids["load"], output="rows")
    assert time.monotonic() - began < 10
