"""Task cells that do not block, on real clusters and in real kernels."""

from __future__ import annotations

import _thread
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from jupyter_client.manager import start_new_kernel
from nbclient.exceptions import CellExecutionError

from maze_nb import Run as MazeRun
from tests.kernels import client_of, notebook_of, text_of
from tests.shells import Cells, maze_shell
from tests.waiting import wait_until

SECONDS = 60.0

# A task that says it has begun, and then waits until somebody lets it go on.
GATED = """\
%%maze_task {name} {options}
import time
from pathlib import Path
Path(r"{folder}/{name}.begun").touch()
end = time.monotonic() + 60
while not Path(r"{folder}/{name}.go").exists():
    assert time.monotonic() < end, "nobody let it go on"
    time.sleep(0.01)
assert Path(r"{folder}/{name}.go").read_text() != "fail", "it was to fail"
{code}
"""


class Book(Cells):
    """A notebook without a front end: its cells are run here, its tasks on a cluster."""

    def __init__(
        self, shell: InteractiveShell, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        super().__init__(shell, capsys)
        self.folder = folder

    def gated(self, name: str, code: str, options: str = "--run") -> MazeRun:
        """Run a task cell that waits at a gate; return its run, if it is to have one."""
        text = GATED.format(name=name, options=options, folder=self.folder, code=code)
        self.run(text)
        return self.session.find_own(str(self.session.last_run))

    def wait_for_begin(self, name: str) -> None:
        wait_until((self.folder / f"{name}.begun").exists)

    def let_go(self, name: str, text: str = "") -> None:
        beside = self.folder / f"{name}.part"
        beside.write_text(text)
        # Whoever sees it reads all of it.
        beside.replace(self.folder / f"{name}.go")

    def values(self, expressions: str) -> str:
        """Return what a cell prints, and not what runs tell meanwhile under other cells."""
        line = f"' '.join(['values:', *map(str, [{expressions}])]) + '\\n'"
        said = self.run(f"import sys\nsys.stdout.write({line})")
        (found,) = [each for each in said.splitlines() if each.startswith("values: ")]
        return found.removeprefix("values: ")

    def submit(self, name: str, code: str) -> MazeRun:
        """Run a task cell without a gate; return its run."""
        self.run(f"%%maze_task {name} --run\n{code}")
        return self.session.find_own(str(self.session.last_run))


def reused(run: MazeRun) -> dict[str, str]:
    """Return by name where the outputs of a run's tasks come from."""
    run.wait(SECONDS)
    return {m["data"]["task_name"]: m["data"]["reused_from"] for m in run.log.read()
            if m["type"] == "finish_task"}  # fmt: skip


@pytest.fixture(params=["embedded", "separate"])
def book(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Book]:
    with maze_shell(tmp_path) as shell:
        made = Book(shell, capsys, tmp_path)
        if request.param == "separate":
            made.run(f"%maze_connect {request.getfixturevalue('separate')}")
        # Nothing else is to have been run with this number.
        made.run(f"seed = {time.time_ns()}")
        yield made
        for name in ("a", "b", "c"):
            made.let_go(name)


only_embedded = pytest.mark.parametrize("book", ["embedded"], indirect=True)


def test_cells_return_while_their_tasks_run_and_wait_for_what_they_read_only(book: Book) -> None:
    first = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    second = book.submit("b", "y = x + 1")
    third = book.submit("c", "z = seed + 2")
    assert third.wait(SECONDS) == "succeeded"
    assert not first.is_finished
    assert not second.is_finished
    assert "a (run" in book.run("%maze_auto status")
    book.let_go("a")
    assert book.values("y - seed, x - seed, z - seed") == "1 0 2"
    assert reused(second) == {"a": f"run {first.run_id}", "b": ""}


def test_auto_makes_every_task_cell_so(book: Book) -> None:
    assert "on" in book.run("%maze_auto on")
    book.run("%%maze_task a\nx = seed")
    assert book.values("x == seed") == "True"
    assert "off" in book.run("%maze_auto off")
    before = book.session.last_run
    book.run("%%maze_task b\ny = x")
    assert book.session.last_run == before
    said = book.run("print(y)", fails=True)
    assert "'y' is made by task cell 'b', which has not run yet: %maze_run, or mark it" in said
    assert "did you mean 'status'" in book.run("%maze_auto statu", fails=True)


def test_an_edited_cell_takes_the_place_of_what_still_runs(book: Book) -> None:
    old = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    again = book.gated("a", "x = seed")
    assert again.run_id == old.run_id
    new = book.submit("a", "x = seed + 1")
    assert old.wait(SECONDS) == "cancelled"
    assert new.wait(SECONDS) == "succeeded"
    assert book.values("x - seed") == "1"


def test_what_others_wait_for_is_not_cancelled(book: Book) -> None:
    old = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    reader = book.submit("b", "y = x")
    book.submit("a", "x = seed + 1")
    assert not old.is_finished
    book.let_go("a")
    assert reader.wait(SECONDS) == "succeeded"
    assert old.wait(SECONDS) == "succeeded"
    assert "warning: 'y' is as task cell 'b' made it" in book.run("print(y - seed)")
    assert reused(book.submit("b", "y = x")) == {"a": f"run {_newest(book, 'a')}", "b": ""}
    assert book.values("y - seed") == "1"


def _newest(book: Book, name: str) -> str:
    (cell,) = (cell for cell in book.session.book.cells() if cell.name == name)
    version = book.session.runs.newest.of(cell.task_id)
    assert version is not None
    return version.run_ids[0]


def test_a_failure_stops_the_cells_that_read_it(book: Book) -> None:
    book.gated("a", "x = seed")
    reader = book.submit("b", "y = x")
    book.let_go("a", "fail")
    said = book.run("print(x)\nprint('ran')", fails=True)
    assert re.search(
        r"TaskFailedError: 'x' is made by task cell 'a', which failed in run \w{8}…: "
        r"AssertionError on line 9: it was to fail. Mend it and run its cell again", said
    )  # fmt: skip
    assert "Cell In[" not in said
    assert "ran" not in said.splitlines()
    assert reader.wait(SECONDS) == "failed"
    assert "'y' is made by task cell 'b', which was skipped" in book.run("y", fails=True)
    assert "task 'a' failed" in book.run("%maze_wait", fails=True)
    book.submit("a", "x = seed")
    assert book.values("x == seed") == "True"


def test_what_a_person_assigned_later_stays(book: Book) -> None:
    book.run("x = 'older'")
    book.submit("a", "x = seed")
    assert book.values("x == seed") == "True"
    book.run("x = 'newer'")
    assert book.values("x") == "newer"
    book.submit("a", "x = seed + 1")
    assert book.values("x - seed") == "1"


def test_maze_run_takes_what_goes_on(book: Book) -> None:
    first = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    book.run("%%maze_task b\ny = x + 1")
    opener = threading.Timer(0.5, book.let_go, ["a"])
    opener.start()
    book.run("%maze_run")
    opener.join()
    last = book.session.find_own(str(book.session.last_run))
    assert reused(last) == {"a": f"run {first.run_id}", "b": ""}
    # What stays in the cluster by %maze_run can be read too.
    assert book.values("x - seed, y - seed") == "0 1"


def test_a_cancelled_ancestor_is_computed_by_who_reads_it(book: Book) -> None:
    first = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    reader = book.submit("b", "y = x")
    assert f"run {first.run_id[:8]} ended" in book.run("%maze_cancel a")
    book.let_go("a")
    assert reader.wait(SECONDS) == "succeeded"
    assert reused(reader) == {"a": "", "b": ""}
    assert book.values("x - seed, y - seed") == "0 0"


@only_embedded
def test_an_interrupt_ends_the_waiting_and_no_run(book: Book) -> None:
    first = book.gated("a", "x = seed")
    book.wait_for_begin("a")
    interrupt = threading.Timer(0.5, _thread.interrupt_main)
    interrupt.start()
    said = book.run("print(x)\nprint('ran')", fails=True)
    interrupt.join()
    assert [line for line in said.splitlines() if line.startswith("waiting for 'a' (run ")]
    assert "KeyboardInterrupt" in said.splitlines()
    assert "ran" not in said.splitlines()
    assert not first.is_finished
    book.let_go("a")
    assert book.values("x == seed") == "True"


@only_embedded
def test_a_cell_of_which_something_is_missing_is_marked_only(book: Book) -> None:
    before = book.session.last_run
    said = book.run("%%maze_task a --run\nx = nowhere", fails=True)
    assert "reads 'nowhere'" in said
    assert book.session.last_run == before
    assert "no cell 'q' was submitted by itself" in book.run("%maze_wait q", fails=True)


@only_embedded
def test_many_submissions_share_what_is_current(book: Book) -> None:
    first = book.submit("a", "x = [seed] * 3")
    for number in range(5):
        run = book.submit("b", f"y = sum(x) + {number}")
        assert reused(run) == {"a": f"run {first.run_id}", "b": ""}
    assert book.values("y - 3 * seed") == "4"
    listed = book.run("%maze_runs").splitlines()
    assert listed[-1].endswith("notebook · b: 2 succeeded")


# In a kernel -------------------------------------------------------------------------------


def test_cells_of_a_kernel_go_on_while_a_task_runs(tmp_path: Path) -> None:
    made = notebook_of(
        "%load_ext maze_nb",
        GATED.format(name="a", options="--run", folder=tmp_path, code="x = 20"),
        "%%maze_task b --run\ny = x + 1",
        # The task cannot end before this cell is run.
        f"open(r'{tmp_path}/a.go', 'w').close()",
        "y * 2",
        "x + 1",
        "%maze_wait",
    )
    client_of(made).execute()
    # The line of the task says all there is to say.
    assert not [each for each in made.cells[1].outputs if each.output_type == "stream"]
    assert text_of(made.cells[4]).splitlines()[-1] == "42"
    assert text_of(made.cells[5]).splitlines()[-1] == "21"
    assert "a: " in text_of(made.cells[6])


def test_a_cell_that_awaits_gets_values_too() -> None:
    made = notebook_of(
        "%load_ext maze_nb",
        "%%maze_task a --run\nimport time\ntime.sleep(1)\nx = 20",
        "import asyncio\nawait asyncio.sleep(0)\nx + 1",
    )
    client_of(made).execute()
    assert text_of(made.cells[2]).splitlines()[-1] == "21"
    assert any("waited 0:0" in str(output.get("data")) for output in made.cells[2].outputs)


@pytest.mark.parametrize("prefix", ["", "import asyncio\nawait asyncio.sleep(0)\n"])
def test_an_interrupt_of_a_kernel_ends_the_waiting(tmp_path: Path, prefix: str) -> None:
    def say(message: dict[str, Any]) -> None:
        content = message["content"]
        text = str(content.get("data") or content.get("ename") or content.get("text") or "")
        if "waiting for" in text and not any("waiting for" in each for each in said):
            os.kill(manager.provisioner.pid, signal.SIGINT)
        said.append(text)

    said: list[str] = []
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for cell in (
            "%load_ext maze_nb",
            GATED.format(name="a", options="--run", folder=tmp_path, code="x = 20"),
        ):
            reply = client.execute_interactive(cell, timeout=60, output_hook=say)
            assert reply["content"]["status"] == "ok", said

        source = f"{prefix}print(x)\nprint('ran')"
        reply = client.execute_interactive(source, timeout=60, output_hook=say)
        assert (reply["content"]["status"], reply["content"]["ename"]) == (
            "error",
            "KeyboardInterrupt",
        )
        assert not any(each.startswith("ran") for each in said)
        (tmp_path / "a.go").touch()
        reply = client.execute_interactive("assert x == 20", timeout=60, output_hook=say)
        assert reply["content"]["status"] == "ok", said
    finally:
        (tmp_path / "a.go").touch()
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_failure_stops_a_notebook_where_it_is_read_or_waited_for() -> None:
    for last in ("print(x)", "%maze_wait"):
        made = notebook_of("%load_ext maze_nb", "%%maze_task a --run\nx = 1 / 0", last, "late = 1")
        with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
            client_of(made).execute()
        (error,) = [out for out in made.cells[2].outputs if out["output_type"] == "error"]
        assert error["ename"] == "TaskFailedError"
        assert "maze_nb/magics" not in "\n".join(error["traceback"])


def batch(folder: Path, *cells: str) -> tuple[subprocess.CompletedProcess[str], Any]:
    path = folder / "book.ipynb"
    nbformat.write(notebook_of(*cells), path)
    maze = Path(sys.executable).parent / "maze-nb"
    answer = subprocess.run(
        [maze, "run", path.name],
        cwd=folder,
        env=os.environ | {"COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return answer, nbformat.read(folder / "out" / path.name, as_version=4)


def test_a_headless_run_waits_for_its_last_cells(tmp_path: Path) -> None:
    answer, written = batch(
        tmp_path,
        "%load_ext maze_nb",
        "%%maze_task a --run\nimport time\ntime.sleep(3)\nprint('said', 'late')\nx = 1",
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert len(written.cells) == 2
    assert "said late" in text_of(written.cells[1])


def test_a_headless_run_tells_of_failures_in_its_last_cells(tmp_path: Path) -> None:
    answer, _ = batch(
        tmp_path,
        "%load_ext maze_nb",
        "%%maze_task a --run\nimport time\ntime.sleep(2)\nx = 1 / 0",
        "late = 1",
    )
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert re.search(r"✕ task a of run \S+: ZeroDivisionError", answer.stdout)
