"""`maze-nb up` and `maze-nb down`: a cluster that outlives its clients and leaves nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from maze_nb.config import HOME_VARIABLE
from maze_nb.deploy.leftovers import MARK
from tests.typed import Typed, typed
from tests.waiting import wait_until

COMMAND = Path(sys.executable).parent / "maze-nb"
UP = ("up", "--slots", "2", "--dashboard-address", "127.0.0.1:0")
BOUND = 60


class Home:
    """A home of Maze's, and what people type for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.work = folder / "work"
        self.work.mkdir()
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.environment = os.environ | {
            HOME_VARIABLE: str(self.folder),
            "TMPDIR": str(self.temporary),
        }
        self.record = self.folder / "cluster.json"
        self._scripts = 0

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *words],
            cwd=self.work,
            env=self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *words: str, **more: str) -> Typed:
        process = self.start(*words, **more)
        output, errors = process.communicate(timeout=BOUND)
        return Typed(process.returncode, output, errors)

    def down(self, *words: str) -> Typed:
        """Type ``maze-nb down`` in this process, which none of the settings of Dask reach."""
        environment = {HOME_VARIABLE: str(self.folder)}
        return typed("down", *words, folder=self.work, environment=environment)

    def script(self, body: str) -> subprocess.Popen[str]:
        """Start a script of a user in a process of its own."""
        self._scripts += 1
        file = self.work / f"script_{self._scripts}.py"
        file.write_text(textwrap.dedent(body))
        return subprocess.Popen(
            [sys.executable, str(file)],
            cwd=self.work,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def said(self, body: str) -> list[str]:
        """Return the lines that a script prints, which has to end well."""
        process = self.script(body)
        output, _ = process.communicate(timeout=BOUND)
        assert process.returncode == 0
        return output.splitlines()

    def up(self) -> dict[str, object]:
        code, output, errors = self.type(*UP)
        assert (code, errors) == (0, "")
        assert "the cluster is up: tcp://127.0.0.1:" in output
        found: dict[str, object] = json.loads(self.record.read_text())
        return found

    def processes(self) -> list[psutil.Process]:
        """Return what is there of a cluster of this home: its keeper, slots and all they began."""
        wanted = f"{HOME_VARIABLE}={self.folder}"
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                variables = Path(f"/proc/{process.pid}/environ").read_bytes().split(b"\0")
                is_ours = wanted.encode() in variables and process.pid != os.getpid()
                if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def is_empty(self) -> bool:
        """Say whether no process is left, and nothing in the folders of the slots."""
        return not self.processes() and not any(self.temporary.glob("maze-nb-*"))

    def end(self) -> None:
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        wait_until(lambda: not self.processes())


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    made = Home(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_up_twice_down_twice(home):
    known = home.up()
    assert known["slots"] == 2
    assert psutil.pid_exists(known["pid"])
    assert os.getsid(known["pid"]) == known["pid"]

    code, output, errors = home.type("up", "--slots", "3")
    assert code == 0
    assert f"the cluster is up already: {known['address']}, 2 slots" in output
    assert "its slots are 2 and not 3" in errors

    asked = """
        from maze_nb import deploy
        found = deploy.connect()
        print(found.kind, found.address, len(found.client.scheduler_info()["workers"]))
    """
    wait_until(lambda: home.said(asked) == [f"kept {known['address']} 2"])

    code, output, errors = home.type("nodes", "--json")
    assert (code, errors) == (0, "")
    assert '"node_id"' in output
    code, output, errors = home.type("down")
    assert (code, output, errors) == (0, f"the cluster at {known['address']} has ended\n", "")
    assert not home.record.exists()
    assert home.is_empty()
    assert home.type("down") == (0, "no cluster is up\n", "")


def test_two_at_once_are_one_cluster(home):
    both = [home.start(*UP), home.start(*UP)]
    answers = [process.communicate(timeout=BOUND) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    pids = {line.rpartition(" ")[2] for output, _ in answers for line in output.splitlines()[:1]}
    assert pids == {str(json.loads(home.record.read_text())["pid"])}
    assert sum("up already" in output for output, _ in answers) == 1
    keepers = [one for one in home.processes() if "maze_nb.cli.keeper" in one.cmdline()]
    assert len(keepers) == 1


LEAVES_A_PROGRAM = """
    import subprocess
    from pathlib import Path
    from maze_nb import MaClient, task

    @task(outputs=["pid"])
    def leave_a_program():
        import subprocess, time
        from pathlib import Path
        program = subprocess.Popen(["sleep", "600"], start_new_session=True)
        Path("left").write_text(str(program.pid))
        time.sleep(600)

    workflow = MaClient().create_workflow()
    workflow.add_task(leave_a_program)
    print(workflow.run(), flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_the_keeper_of_a_cluster(home, number):
    known = home.up()
    home.said(LEAVES_A_PROGRAM)
    left = home.work / "left"
    wait_until(lambda: left.exists() and left.read_text())
    assert psutil.pid_exists(int(left.read_text()))
    os.kill(known["pid"], number)
    wait_until(home.is_empty, 15)
    assert home.record.exists() == (number == signal.SIGKILL)

    if number == signal.SIGKILL:
        told = "no cluster is up: the one before ended without a word\n"
        assert home.down() == (0, told, "")
        assert not home.record.exists()
        assert home.up()["pid"] != known["pid"]


def test_runs_go_on_when_their_client_is_killed(home):
    home.up()
    first = home.script("""
        from maze_nb import MaClient, task

        @task(outputs=["value"])
        def begin():
            return {"value": 1}

        @task(outputs=["value"])
        def wait(value):
            import time
            from pathlib import Path
            while not Path("go").exists():
                time.sleep(0.05)
            return {"value": value + 1}

        workflow = MaClient().create_workflow("kept")
        one = workflow.add_task(begin)
        workflow.add_task(wait, inputs={"value": one.outputs["value"]})
        print(workflow.run(), flush=True)
        import time
        time.sleep(600)
    """)
    run_id = first.stdout.readline().strip()
    first.kill()
    first.wait(BOUND)
    first.stdout.close()

    code, _, errors = home.down()
    assert code == 1
    assert f"1 run goes on there: {run_id}" in errors
    assert "--force" in errors

    (home.work / "go").touch()
    said = home.said(f"""
        from maze_nb import MaClient
        client = MaClient()
        assert {run_id!r} in [run.run_id for run in client.runs()]
        run = client.get_run({run_id!r})
        print(run.wait(timeout=30))
        messages = list(run.messages())
        print(*[message["seq"] for message in messages])
        print(messages[0]["type"], messages[-1]["type"])
        print(messages[-1]["data"]["status"])
        print(sorted(one["value"] for one in run.task_results.values()))
    """)
    status, numbers, ends, last, values = said
    assert status.endswith("succeeded")
    assert [int(number) for number in numbers.split()] == [*range(1, len(numbers.split()) + 1)]
    assert ends == "start_workflow finish_workflow"
    assert last == "succeeded"
    assert values == "[1, 2]"
    code, _, errors = home.down()
    assert (code, errors) == (0, "")
    assert home.is_empty()


def test_runs_of_a_killed_cluster_are_carried_on_by_the_next(home):
    known = home.up()
    run_id = home.said("""
        from maze_nb import MaClient, task

        @task(outputs=["value"])
        def begin():
            with open("begun", "a") as file:
                file.write("x")
            return {"value": 1}

        @task(outputs=["value"])
        def wait(value):
            import time
            from pathlib import Path
            while not Path("go").exists():
                time.sleep(0.05)
            return {"value": value + 1}

        client = MaClient()
        workflow = client.create_workflow()
        one = workflow.add_task(begin)
        workflow.add_task(wait, inputs={"value": one.outputs["value"]})
        run_id = workflow.run()
        for message in client.get_run(run_id).messages():
            if message["type"] == "finish_task":
                break
        print(run_id)
    """)[0]
    os.kill(known["pid"], signal.SIGKILL)
    wait_until(home.is_empty, 15)
    home.up()
    (home.work / "go").touch()
    assert home.said(f"""
        from maze_nb import MaClient
        client = MaClient()
        print(*[run.status for run in client.runs()])
        run = client.resume({run_id!r})
        print(run.wait(timeout=30))
        print(sorted(one["value"] for one in run.task_results.values()))
    """) == ["interrupted", "succeeded", "[1, 2]"]
    assert (home.work / "begun").read_text() == "x"


def test_force_ends_what_goes_on_and_what_does_not_answer(home):
    known = home.up()
    home.said(LEAVES_A_PROGRAM)
    os.kill(known["pid"], signal.SIGSTOP)
    home.environment["DASK_MAZE__CONNECT_TIMEOUT"] = "1s"
    for words in (("up",), ("down",)):
        code, _, errors = home.type(*words)
        assert code == 1
        assert f"process {known['pid']}" in errors
        assert "does not answer" in errors
        assert "`maze-nb down --force`" in errors
    said = home.said("""
        from maze_nb import MaClient
        from maze_nb.errors import ConnectionFailedError
        try:
            MaClient()
        except ConnectionFailedError as error:
            print(error)
    """)
    assert "`maze-nb down --force`" in said[0]
    code, _, errors = home.type("down", "--force")
    assert (code, errors) == (0, "")
    assert not home.record.exists()
    wait_until(home.is_empty, 15)


def test_force_interrupts_runs(home):
    home.up()
    home.said(LEAVES_A_PROGRAM)
    assert home.down()[0] == 1
    assert home.down("--force")[0] == 0
    assert home.is_empty()


def test_a_cluster_that_cannot_start_is_explained(home):
    code, output, errors = home.type(*UP, DASK_DISTRIBUTED__WORKER__PRELOAD="no_such_module_here")
    assert (code, output) == (1, "")
    assert "Error: the cluster ended with status 1" in errors
    assert "no_such_module_here" in errors
    assert str(home.folder / "cluster.log") in errors
    assert not home.record.exists()
    wait_until(home.is_empty, 15)
    home.up()


def test_one_that_takes_too_long_is_explained_and_ended(home):
    code, _, errors = home.type(*UP, DASK_MAZE__START_TIMEOUT="0s")
    assert code == 1
    assert "maze.start-timeout" in errors
    wait_until(home.is_empty, 15)


def test_an_interrupt_of_up_takes_what_it_began_with_it(home):
    process = home.start(*UP)
    wait_until(lambda: (home.folder / "cluster.log").exists())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=BOUND)
    assert process.returncode != 0
    wait_until(home.is_empty, 15)
    assert not home.record.exists()


def test_a_description_that_was_lost_is_written_anew(home):
    known = home.up()
    home.record.write_text('{"address": "tcp')
    wait_until(lambda: home.record.read_text().rstrip().endswith("}"))
    assert json.loads(home.record.read_text()) == known
    home.record.unlink()
    wait_until(home.record.exists)
    assert f"process {known['pid']}" in home.type("up")[1]


def test_one_that_is_started_from_a_task_outlives_it(home):
    """The mark by which slots end what tasks left is not handed on to a cluster."""
    code, _, errors = home.type(*UP, **{MARK: "of a slot"})
    assert (code, errors) == (0, "")
    keeper = json.loads(home.record.read_text())["pid"]
    assert f"{MARK}=of a slot".encode() not in Path(f"/proc/{keeper}/environ").read_bytes()


def test_modules_beside_the_notebook_are_found_but_hide_none(home):
    (home.work / "beside.py").write_text("WORD = 'found'\n")
    (home.work / "random.py").write_text("raise ImportError('a file of the user in the way')\n")
    home.up()
    (home.work / "random.py").unlink()
    assert home.said("""
        from maze_nb import MaClient, task

        @task(outputs=["word"])
        def look():
            import beside
            return {"word": beside.WORD}

        workflow = MaClient().create_workflow()
        look = workflow.add_task(look)
        print(workflow.get_task_result(workflow.run(), look)["word"])
    """) == ["found"]


def test_runs_of_other_schedulers_of_the_home_do_not_hold_it_up(home):
    other = home.script("""
        from maze_nb import MaClient, deploy, task

        @task
        def wait():
            import time
            time.sleep(600)

        workflow = MaClient(cluster=deploy.embedded_cluster()).create_workflow()
        workflow.add_task(wait)
        print(workflow.run(), flush=True)
        import time
        time.sleep(600)
    """)
    try:
        run_id = other.stdout.readline().strip()
        known = home.up()
        listed = "from maze_nb import MaClient; print(*[run.run_id for run in MaClient().runs()])"
        assert home.said(listed) == [run_id]
        answer = (0, f"the cluster at {known['address']} has ended\n", "")
        assert home.down() == answer
    finally:
        other.kill()
        other.wait(BOUND)
        other.stdout.close()
