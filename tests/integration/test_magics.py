"""The magics on real clusters: what a person sees, from the first cell to the results."""

from __future__ import annotations

import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient.exceptions import CellExecutionError

from tests.kernels import client_of, notebook_of, text_of
from tests.shells import Cells, maze_shell
from tests.waiting import wait_until

Run = Callable[..., str]


@pytest.fixture(params=["embedded", "separate"])
def run(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Give a function that runs a cell and returns what it printed, on each kind of cluster."""
    with maze_shell(tmp_path) as shell:
        cells = Cells(shell, capsys)
        if request.param == "separate":
            cells.run(f"%maze_connect {request.getfixturevalue('separate')}")
        yield cells.run


def test_cells_become_a_run_and_their_values_come_back(run: Run) -> None:
    run("import math\nscale = 10\ndef scaled(v): return v * scale + offset")
    run(
        "%%maze_task end\nresult = sum(mapped) + math.floor(0.5)\nwhere = __import__('os').getpid()"
    )
    run("%%maze_task start --cpu 1 --cpu-mem 64\nxs = list(range(4))\noffset = 1")
    run("%%maze_task middle\nmapped = [scaled(x) for x in xs]")
    printed = run("%maze_run")
    assert "now in the notebook: result, where" in printed
    assert "read when a cell asks for them: xs, offset, mapped" in printed
    assert (
        run("import os\nprint(result, where != os.getpid(), 'xs' in globals())")
        == "64 True False\n"
    )
    assert run("print(xs, offset)") == "[0, 1, 2, 3] 1\n"
    run("results = %maze_results")
    assert run("print(results['mapped'], sorted(results))") == (
        "[1, 11, 21, 31] ['mapped', 'offset', 'result', 'where', 'xs']\n"
    )
    assert "start: xs (list, 4 items), offset (int)" in run("print(results)")
    assert "succeeded" in run("%maze_runs")


def test_a_cell_run_again_changes_the_next_run(run: Run) -> None:
    run("%%maze_task a\nx = 1")
    run("%%maze_task b\ny = x + 1")
    run("%maze_run")
    run("%%maze_task a\nx = 10")
    run("%maze_run")
    assert run("print(y)") == "11\n"


def test_what_a_person_made_of_a_tasks_value_is_not_replaced_unsaid(run: Run) -> None:
    run("step = 1")
    run("%%maze_task load\nraw = {'x': 1}")
    run("%%maze_task count --no-cache\nrows, more = [1], [step]")
    run("%maze_run")
    run("raw['flag'] = 1\nrows = [7]")
    printed = run("%maze_run")
    # One task is as it was, the other is computed in each run.
    assert "left as it is: raw, which a cell changed after its task; del raw brings" in printed
    assert "rows is as its task made it now: what a cell had changed in it is gone" in printed
    assert "now in the notebook: rows, more" in printed
    assert run("print(raw, rows)") == "{'x': 1, 'flag': 1} [1]\n"
    assert run("del raw\nprint('gone')") == "gone\n"
    assert run("print(raw)") == "{'x': 1}\n"
    run("raw['flag'] = 2")
    assert "raw is as its task made it now" in run("%maze_run --all")
    assert "left" not in run("%maze_run")


def test_a_cell_that_reads_what_was_changed_is_told_of_it(run: Run) -> None:
    run("%%maze_task load --no-cache\nraw = {'x': 1}")
    run("%%maze_task clean\nkept = sorted(raw)")
    run("%maze_run")
    run("raw['flag'] = 1")
    assert run("print(raw)") == "{'x': 1, 'flag': 1}\n"
    assert "raw" in run("%maze_run")
    assert run("print(raw)") == (
        "warning: raw is as its task made it now: what a cell had changed in it is gone\n{'x': 1}\n"
    )
    # A cell that changes it needs not be told.
    run("raw['flag'] = 1")
    run("%maze_run")
    assert run("raw['flag'] = 2\nprint(raw)") == "{'x': 1, 'flag': 2}\n"


def test_names_that_several_cells_make_stay_with_them(run: Run) -> None:
    run("%%maze_task a\nfig, x = 'a', 1")
    run("%%maze_task b\nfig, y = 'b', 2")
    printed = run("%maze_run")
    assert re.search("now in the notebook: (x, y|y, x)\n", printed)
    assert "'fig' is made by task cells 'a' and 'b'" in run("fig", fails=True)
    assert run("results = %maze_results\nprint(results['a.fig'], results['b.fig'])") == "a b\n"


def test_a_failure_names_the_task_its_line_and_those_skipped(run: Run) -> None:
    run("%%maze_task good\nfine = 1")
    run("%%maze_task bad\n\nrows = []\nfirst = rows[0]")
    run("%%maze_task after\nlast = first")
    printed = run("%maze_run", fails=True)
    assert "now in the notebook: fine" in printed
    said = printed[printed.index("TaskFailedError") :]
    assert "task 'bad' failed on line 4 of its cell: IndexError: list index out of range" in said
    assert "skipped: 'after'" in said
    assert re.search(r'File "<cell bad>", line 4, in <module>\n +first = rows\[0\]', said)
    assert "site-packages" not in said


def test_functions_classes_and_awaited_values_move_between_cells(run: Run) -> None:
    run("from maze_nb import task\n@task\ndef triple(v): return 3 * v")
    run(
        "%%maze_task tools\nimport dataclasses\n@dataclasses.dataclass\nclass Point:\n    x: int\n"
        "def shifted(point): return Point(triple(point.x) + 1)"
    )
    run("%%maze_task use\nimport asyncio\nawait asyncio.sleep(0)\np = shifted(Point(2))")
    run("%maze_run")
    assert run("print(p.x, type(p).__name__)") == "7 Point\n"


def test_what_cannot_travel_is_told_and_only_missed_where_it_is_read(run: Run) -> None:
    run("%%maze_task a\ng = (i for i in 'ab')\nimport sys\nmodule = sys\nn = 2")
    printed = run("%maze_run")
    assert "now in the notebook: module, n" in printed
    assert "not in the notebook: g (a generator cannot leave the worker" in printed
    run("%%maze_task b\nletters = list(g)")
    said = run("%maze_run", fails=True)
    assert "'g' of cell 'a' is not there for cell 'b': a generator cannot leave" in said


def test_large_values_go_and_come(run: Run) -> None:
    run("import numpy as np\nbig = np.arange(300_000)")
    run("%%maze_task a\ndoubled = big * 2")
    run("%%maze_task b\nagain = doubled + big")
    run("%maze_run")
    assert run("print(int(again[-1]))") == "899997\n"


def test_several_runs_are_known_and_found_again(run: Run) -> None:
    run("%maze_workflow new listed")
    run("%%maze_task a\nx = 1")
    run("%maze_run")
    listed = run("%maze_runs")
    run_id = listed.strip().splitlines()[-1].split()[0]
    assert re.fullmatch("[0-9a-f]{8}", run_id)
    assert listed.strip().splitlines()[-1].endswith("listed: 1 succeeded")
    run(f"found = %maze_results {run_id}")
    assert run("print(dict(found))") == "{'x': 1}\n"
    said = run(f"%maze_results {run_id[:-2]}zz", fails=True)
    assert f"did you mean '{run_id}'?" in said


@pytest.mark.parametrize("run", ["embedded"], indirect=True)
def test_an_interrupt_cancels_the_run(run: Run, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    run(
        f"%%maze_task slow\nimport os, time\nend = time.monotonic() + 60\n"
        f"while not os.path.exists({str(gate)!r}) and time.monotonic() < end:\n"
        "    time.sleep(0.01)\nx = 1"
    )
    run("%%maze_task after\ny = x")
    session = InteractiveShell.instance().magics_manager.registry["MazeMagics"].session
    before, main = session.last_run, threading.get_ident()

    def interrupt_when_started() -> None:
        wait_until(lambda: session.last_run != before, 30)
        for message in session.client.get_run(session.last_run).messages():
            if message["type"] == "start_task":
                signal.pthread_kill(main, signal.SIGINT)
                return

    watcher = threading.Thread(target=interrupt_when_started)
    # As a kernel has it, whatever the tests before this one have run in.
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    watcher.start()
    try:
        printed = run("%maze_run", fails=True)
    finally:
        gate.touch()
        watcher.join(30)
        signal.signal(signal.SIGINT, handler)
    assert f"interrupted: run {session.last_run[:8]} ended as cancelled" in printed
    assert session.client.get_run(session.last_run).wait(30) == "cancelled"
    assert "y" not in InteractiveShell.instance().user_ns


@pytest.mark.parametrize("run", ["embedded"], indirect=True)
def test_runs_are_cancelled_by_name_or_because_they_are_the_only_one(
    run: Run, tmp_path: Path
) -> None:
    run(
        f"import time\nfrom pathlib import Path\nfrom maze_nb import MaClient, task\n"
        f"gate = Path({str(tmp_path / 'gate')!r})\n"
        "@task\ndef wait():\n"
        "    end = time.monotonic() + 60\n"
        "    while not gate.exists() and time.monotonic() < end:\n"
        "        time.sleep(0.01)\n"
        "client = MaClient()\nworkflow = client.create_workflow('slow')\n"
        "made = workflow.add_task(wait)\n"
        "for known in client.runs():\n"
        "    if known.is_here:\n"
        "        client.get_run(known.run_id).cancel()"
    )
    assert "there is nothing to cancel" in run("%maze_cancel", fails=True)
    run("first = workflow.run()")
    assert "ended as cancelled" in run("%maze_cancel")
    run("first, second = workflow.run(), workflow.run()")
    said = run("%maze_cancel", fails=True)
    first, second = run("print(first, second)").split()
    assert "say which one" in said
    assert f"{first[:8]}, {second[:8]}" in said
    assert run(f"%maze_cancel {second}") == f"run {second[:8]} ended as cancelled\n"
    assert run("%maze_cancel") == f"run {first[:8]} ended as cancelled\n"
    assert "did you mean" in run(f"%maze_cancel {first[:-2]}zz", fails=True)
    (tmp_path / "gate").touch()


@pytest.mark.parametrize("run", ["embedded"], indirect=True)
def test_options_of_a_cell_are_taken_to_the_cluster(run: Run, tmp_path: Path) -> None:
    run(f"from pathlib import Path\ncount = Path({str(tmp_path / 'count')!r})")
    run(
        "%%maze_task flaky --retries 2 --backoff 0.01 --priority 5\n"
        "tried = len(count.read_text()) if count.exists() else 0\n"
        "count.write_text('x' * (tried + 1))\n"
        "assert tried == 2, f'tried {tried} times'"
    )
    run("%maze_run --fail-fast")
    assert run("print(tried)") == "2\n"
    said = run("%%maze_task flaky --timeout 0\nx = 1", fails=True)
    assert "OptionError: option 'timeout' of cell 'flaky' is 0.0" in said


def test_nodes_are_listed(run: Run) -> None:
    heading, *lines = run("%maze_nodes").splitlines()
    assert " ".join(heading.split()) == (
        "node status cores free memory free GPUs free tasks load tags"
    )
    session = InteractiveShell.instance().magics_manager.registry["MazeMagics"].session
    listed = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert listed == [node.node_id for node in session.client.nodes()]
    assert "takes no arguments" in run("%maze_nodes all", fails=True)


@pytest.mark.parametrize("run", ["separate"], indirect=True)
def test_what_is_connected_to_is_said(run: Run) -> None:
    session = InteractiveShell.instance().magics_manager.registry["MazeMagics"].session
    count = len(session.client.nodes())
    said = run(f"%maze_connect {session.client.address}")
    assert said.endswith(": 1 node\n" if count == 1 else f": {count} nodes\n")


@pytest.mark.parametrize("run", ["embedded"], indirect=True)
def test_a_connection_that_fails_says_where_to(run: Run) -> None:
    said = run("%maze_connect tcp://127.0.0.1:1", fails=True)
    assert "ConnectionFailedError" in said
    assert "127.0.0.1:1" in said


def test_a_notebook_in_a_kernel() -> None:
    made = notebook_of(
        "%load_ext maze_nb",
        "%%maze_task one\nx = 20",
        "%%maze_task two\ny = x + 1",
        "%maze_dag",
        "%maze_run",
        "y * 2",
        "%maze_results",
    )
    client_of(made).execute()
    assert re.search("task 'two' · ✓ .* · reads x .cell one.; makes y\n", text_of(made.cells[2]))
    assert "text/html" in made.cells[3].outputs[0]["data"]
    assert any("text/html" in output.get("data", {}) for output in made.cells[4].outputs)
    assert text_of(made.cells[5]).strip() == "42"
    assert "one: x (int)" in text_of(made.cells[6])
    assert any("text/html" in output.get("data", {}) for output in made.cells[6].outputs)


def test_a_failing_notebook_stops_with_one_clear_error() -> None:
    made = notebook_of("%load_ext maze_nb", "%%maze_task one\nx = 1 / 0", "%maze_run", "never = 1")
    with pytest.raises(CellExecutionError, match="task 'one' failed on line 2 of its cell"):
        client_of(made).execute()
    (error,) = [output for output in made.cells[2].outputs if output["output_type"] == "error"]
    assert error["ename"] == "TaskFailedError"
    assert "<cell one>" in "\n".join(error["traceback"])
    assert "maze_nb/magics" not in "\n".join(error["traceback"])


def test_cells_come_from_the_cache_until_what_they_use_changes(run: Run) -> None:
    def plan() -> list[tuple[str, str, str]]:
        told = run(
            "print([(t.name, t.verdict, t.reason) for t in get_ipython()"
            ".run_line_magic('maze_plan', '')])"
        )
        return eval(told)

    # Nothing else is to have been run with this number.
    run(f"limit = {time.time_ns()}\ndef capped(v): return min(v, limit)")
    run("%%maze_task load --cache\nrows = [1, 2 * limit]")
    run("%%maze_task fit --cache\nfitted = [capped(row) for row in rows]")
    assert [verdict for _, verdict, _ in plan()] == ["runs", "runs"]
    run("%maze_run")
    first = run("print(fitted)")
    assert [verdict for _, verdict, _ in plan()] == ["cached", "cached"]
    run("%%maze_task fit --cache\n\nfitted = [capped(row) for row in rows]  # said otherwise")
    assert [verdict for _, verdict, _ in plan()] == ["cached", "cached"]
    run("def capped(v): return max(v, limit)")
    run("%%maze_task fit --cache\nfitted = [capped(row) for row in rows]")
    assert plan() == [("load", "cached", ""), ("fit", "runs", "helper `capped` changed")]
    assert "load  from the cache" in run("%maze_run")
    assert run("print(fitted)") != first
    assert "did you mean '--cache'?" in run("%maze_plan --cahce", fails=True)


def test_files_of_the_notebook_go_to_the_cluster(run: Run, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(name * 3)
    run("import os\nfrom maze_nb import FileInput")
    run(f"one = FileInput({str(tmp_path / 'a.txt')!r})")
    run(f"several = {{'some': [one, FileInput({str(tmp_path / 'b.txt')!r})]}}")
    run(
        "%%maze_task t\nfound = [each.read_text() for each in (one, *several['some'])]\n"
        "same = os.path.samefile(one, several['some'][0])"
    )
    run("%maze_run")
    assert run("print(found, same)") == "['aaa', 'aaa', 'bbb'] True\n"
