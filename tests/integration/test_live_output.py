"""What tasks show while they run: on real workers, in threads and in child processes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maze_nb import MaClient, Run, task
from maze_nb.model.resources import Resources
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.worker.outlet import TAIL, TEXT_LIMIT

SHOWS = ("task_log", "task_display", "task_progress")


@pytest.fixture
def cluster(separate: str) -> Iterator[MaClient]:
    with MaClient(separate) as client:
        yield client


def begin(client: MaClient, *tasks: Any, **options: Any) -> Run:
    workflow = client.create_workflow("live")
    for number, each in enumerate(tasks):
        workflow.add_task(each, {}, name=f"task{number}")
    return client.get_run(workflow.run(**options))


def done(client: MaClient, *tasks: Any, **options: Any) -> list[dict[str, Any]]:
    return list(begin(client, *tasks, **options).messages())


def of(messages: list[dict[str, Any]], name: str = "task0") -> list[dict[str, Any]]:
    return [message for message in messages if message["data"].get("task_name") == name]


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


def text_of(messages: list[dict[str, Any]], stream: str = "stdout") -> str:
    logs = (each["data"] for each in messages if each["type"] == "task_log")
    return "".join(log["text"] for log in logs if log["stream"] == stream)


def shown_by(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["data"] for each in messages if each["type"] == "task_display"]


def cell(source: str, **options: Any) -> TaskFunction:
    function = CellFunction("cell", source, source, (), (), False)
    made = TaskFunction(function, Signature("dict", (), ()), Resources())
    return made.using(**options) if options else made


def waiting(go: Path, *, isolation: str) -> Any:
    @task(outputs=["result"], isolation=isolation)
    def wait() -> int:
        print("before")
        for _ in range(3000):
            if go.exists():
                break
            time.sleep(0.01)
        print("after")
        return 1

    return wait


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_prints_are_there_before_the_task_ends(cluster, tmp_path, isolation):
    go = tmp_path / "go"
    run = begin(cluster, waiting(go, isolation=isolation))
    seen = []
    for message in run.messages():
        if message["type"] == "node_usage":
            continue
        seen.append(message)
        if message["type"] == "task_log" and not go.exists():
            assert message["data"]["text"] == "before\n"
            go.touch()
    assert types(seen) == [
        *("start_workflow", "start_task", "task_log", "task_log", "finish_task", "finish_workflow")
    ]
    assert seen[3]["data"]["text"] == "after\n"
    times = [message["time"] for message in seen]
    assert times[2] < times[3]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_all_that_is_shown_comes_in_order_and_before_the_end(cluster, isolation):
    @task(isolation=isolation)
    def show() -> None:
        import sys
        import warnings

        from IPython.display import HTML, display

        print("one")
        display(HTML("<b>two</b>"))
        print("three", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        display("four")

    messages = of(done(cluster, show))
    assert types(messages) == [
        *("start_task", "task_log", "task_display", "task_log", "task_display", "finish_task")
    ]
    assert messages[2]["data"]["data"]["text/html"] == "<b>two</b>"
    errors = text_of(messages, "stderr")
    assert errors.startswith("three\n")
    assert "UserWarning: careful" in errors


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_what_a_failing_task_showed_comes_before_its_failure(cluster, isolation):
    @task(isolation=isolation)
    def fail() -> None:
        print("so far")
        raise ValueError("no")

    messages = of(done(cluster, fail))
    assert types(messages) == ["start_task", "task_log", "task_exception"]


def test_a_task_that_shows_nothing_sends_nothing(cluster):
    @task
    def quiet() -> int:
        return 1

    assert types(of(done(cluster, quiet))) == ["start_task", "finish_task"]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_what_is_printed_without_end_is_bounded_in_messages_and_whole_in_the_log(
    cluster, isolation
):
    @task(isolation=isolation)
    def flood() -> str:
        from maze_nb import current_task

        for number in range(200_000):
            print("line", number)
        return str(current_task().dir / "stdout.log")

    run = begin(cluster, flood)
    messages = of(list(run.messages()))
    text = text_of(messages)
    assert len(text) < TEXT_LIMIT + TAIL + 500
    assert text.count("[the rest is in the log: maze-nb runs logs") == 1
    assert text.endswith("line 199999\n")
    assert types(messages).count("task_log") < 200
    log = Path(run.result("task0")["result"]).read_text()
    assert log.splitlines() == [f"line {number}" for number in range(200_000)]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_cell_shows_its_last_value_and_its_figures(cluster, isolation):
    source = """import matplotlib.pyplot as plt
import pandas as pd
plt.plot([1, 2])
display("shown")
pd.DataFrame({"column": [1]})"""
    messages = of(done(cluster, cell(source, isolation=isolation)))
    kinds = [sorted(each["data"]) for each in shown_by(messages)]
    assert kinds == [["text/plain"], ["text/html", "text/plain"], ["image/png", "text/plain"]]
    assert types(messages)[-1] == "finish_task"


def test_figures_of_a_cell_that_fails_are_shown(cluster):
    messages = of(done(cluster, cell("import matplotlib.pyplot as plt\nplt.plot([1])\n1 / 0")))
    assert types(messages) == ["start_task", "task_display", "task_exception"]
    assert 'File "<cell cell>", line 3, in <module>\n    1 / 0' in messages[-1]["data"]["result"]


def test_figures_of_two_tasks_of_one_process_are_not_mixed(tmp_path, start_cluster):
    started = start_cluster()
    started.add_worker("only")
    source = """import time
import matplotlib.pyplot as plt
from pathlib import Path
here = Path({here!r})
for number in range(3):
    plt.plot([number, 1], label="{name}")
    (here / f"{name}{{number}}").touch()
    while not (here / f"{other}{{number}}").exists():
        time.sleep(0.005)
(plt.get_fignums(), [line.get_label() for line in plt.gca().lines])"""
    cells = [
        cell(source.format(here=str(tmp_path), name=name, other=other))
        for name, other in ("ab", "ba")
    ]
    with MaClient(started.address) as client:
        messages = done(client, *cells)
    for number, name in enumerate("ab"):
        value, figure = shown_by(of(messages, f"task{number}"))
        assert value["data"]["text/plain"] == f"([1], {[name] * 3})"
        assert sorted(figure["data"]) == ["image/png", "text/plain"]


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_a_big_display_is_in_a_file_of_the_task(cluster, isolation):
    @task(isolation=isolation)
    def show() -> None:
        from IPython.display import HTML, display

        display(HTML("x" * 3_000_000))

    (shown,) = shown_by(done(cluster, show))
    assert sorted(shown["data"]) == ["text/plain"]
    content = json.loads(Path(shown["stored"]["path"]).read_text())
    assert content["text/html"] == "x" * 3_000_000


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_progress_is_told_live_and_its_last_value_always(cluster, isolation):
    @task(isolation=isolation)
    def count() -> None:
        from maze_nb import progress, tqdm

        for _ in tqdm(range(40), desc="steps"):
            time.sleep(0.02)
        progress(7, message="done")

    messages = of(done(cluster, count))
    told = [each["data"] for each in messages if each["type"] == "task_progress"]
    assert 3 <= len(told) <= 12
    assert [told[0]["total"], told[0]["message"]] == [40, "steps"]
    assert [told[-1]["done"], told[-1]["total"], told[-1]["message"]] == [7, None, "done"]
    assert types(messages)[-1] == "finish_task"


def test_a_task_that_takes_too_long_is_heard_to_its_end(cluster):
    @task(timeout=1)
    def slow() -> None:
        try:
            print("begun")
            time.sleep(60)
        finally:
            print("tidied up")

    messages = of(done(cluster, slow))
    assert text_of(messages) == "begun\ntidied up\n"
    assert types(messages)[-1] == "task_exception"


@pytest.mark.parametrize("isolation", ["thread", "process"])
def test_nothing_comes_of_a_task_after_it_was_cancelled(cluster, tmp_path, isolation):
    go = tmp_path / "go"

    @task(isolation="thread")
    def other() -> None:
        while not go.exists():
            time.sleep(0.01)

    run = begin(cluster, waiting(go, isolation=isolation), other)
    stream = iter(run.messages())
    seen = []
    for message in stream:
        seen.append(message)
        if message["type"] == "task_log":
            break
    run.cancel("task0")
    for message in stream:
        seen.append(message)
        if message["type"] == "task_cancelled":
            go.touch()
    assert types(of(seen))[-1] == "task_cancelled"
    assert text_of(seen) == "before\n"


def test_of_several_attempts_each_shows_its_own(cluster, tmp_path):
    @task(retries=1)
    def flaky() -> None:
        from maze_nb import current_task

        print("attempt", current_task().attempt)
        if current_task().attempt == 1:
            raise ValueError("again")

    messages = of(done(cluster, flaky))
    logs = [each["data"] for each in messages if each["type"] == "task_log"]
    assert [(log["attempt"], log["text"]) for log in logs] == [
        (1, "attempt 1\n"),
        (2, "attempt 2\n"),
    ]


SHOWING = """print("printed")
handle = display(1, display_id="id")
print("more")
handle.update(2)
from IPython.display import HTML
display(HTML("x" * 2_000_000))
"last"
"""


def first_and_again(client: MaClient, again: Callable[[Run], Run]) -> tuple[list[Any], list[Any]]:
    run = begin(client, cell(SHOWING, cache=True))
    first = of(list(run.messages()))
    return first, of(list(again(run).messages()))


@pytest.mark.parametrize(
    ("source", "again"),
    [
        ("cache", lambda client: lambda run: begin(client, cell(SHOWING, cache=True))),
        ("run", lambda client: lambda run: run.rerun(failed_only=True)),
    ],
    ids=["the result cache", "another run"],
)
def test_what_was_shown_is_shown_again_with_reused_outputs(cluster, source, again):
    _, second = first_and_again(cluster, again(cluster))
    assert second[-1]["type"] == "finish_task"
    assert second[-1]["data"]["reused_from"].startswith(source)
    assert text_of(second) == "printed\nmore\n"
    updated, big, last = shown_by(second)
    assert (updated["data"], updated["display_id"]) == ({"text/plain": "2"}, "id")
    assert json.loads(Path(big["stored"]["path"]).read_text())["text/html"] == "x" * 2_000_000
    assert last["data"] == {"text/plain": "'last'"}
    third = of(done(cluster, cell(SHOWING, cache=True)))
    assert [each["data"]["data"] for each in third if each["type"] == "task_display"] == [
        each["data"] for each in (updated, big, last)
    ]
