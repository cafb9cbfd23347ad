"""``maze-nb runs`` typed as people type it: on a scheduler, on a kept cluster, and without any."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import pty
import re
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from maze_nb import MaClient, task
from maze_nb.cli.scheduler import ADDRESS_VARIABLES
from maze_nb.config import HOME_VARIABLE
from maze_nb.store.open import open_store
from maze_nb.store.protocol import StoredRun
from tests.typed import Typed, typed
from tests.waiting import wait_until

COMMAND = Path(sys.executable).parent / "maze-nb"
BOUND = 60
PLAIN = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Place:
    """A folder with a home of Maze's, and what people type there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.home = folder / "home"
        self.folder.mkdir()
        base = {name: value for name, value in os.environ.items() if name not in ADDRESS_VARIABLES}
        self.environment = base | {HOME_VARIABLE: str(self.home)}

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *words],
            cwd=self.folder,
            env=self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def type(self, *words: str, **more: str) -> Typed:
        environment = {HOME_VARIABLE: str(self.home)} | more
        return typed(*words, folder=self.folder, environment=environment)

    def up(self) -> None:
        """Start a cluster that is kept, which belongs to no process that goes on."""
        with self.start("up", "--slots", "1", "--dashboard-address", "127.0.0.1:0") as process:
            output, errors = process.communicate(timeout=BOUND)
        assert (process.returncode, errors) == (0, ""), output

    def said(self, *words: str, **more: str) -> str:
        """Return what a command prints, which has to end well."""
        code, output, errors = self.type(*words, **more)
        assert (code, errors) == (0, ""), errors
        return output

    def script(self, body: str, *words: str) -> subprocess.Popen[str]:
        (self.folder / "script.py").write_text(textwrap.dedent(body))
        return subprocess.Popen(
            [sys.executable, "script.py", *words],
            cwd=self.folder,
            env=self.environment | {"DASK_MAZE__SLOTS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.type("down", "--force")


DIGITS = """
    import sys
    from pathlib import Path
    from maze_nb import MaClient, task

    @task(outputs=["rows"])
    def load():
        print("loading")
        return {"rows": list(range(50_000))}

    @task(outputs=["mean"])
    def mean(rows):
        return {"mean": sum(rows) / len(rows)}

    @task(outputs=["score"])
    def train(rows):
        print("training on", len(rows))
        if not Path("mended").exists():
            raise ValueError("no labels")
        return {"score": 7}

    @task(outputs=["page"])
    def report(score):
        return {"page": f"scored {score}"}

    client = MaClient()
    workflow = client.create_workflow("digits")
    first = workflow.add_task(load)
    workflow.add_task(mean, inputs={"rows": first.outputs["rows"]})
    trained = workflow.add_task(train, inputs={"rows": first.outputs["rows"]})
    workflow.add_task(report, inputs={"score": trained.outputs["score"]})
    for _ in range(int(sys.argv[1])):
        run_id = workflow.run()
        client.get_run(run_id).wait()
        print(run_id)
"""
WAITS = """
    import time
    from pathlib import Path
    from maze_nb import MaClient, task

    @task(outputs=["one"])
    def begin():
        with open("begin-ran", "a") as ran:
            ran.write("x")
        return {"one": 1}

    @task(outputs=["two"])
    def wait(one):
        print("waiting", flush=True)
        while not Path("go").exists():
            time.sleep(0.05)
        return {"two": one + 1}

    client = MaClient()
    workflow = client.create_workflow("waits")
    first = workflow.add_task(begin)
    workflow.add_task(wait, inputs={"one": first.outputs["one"]})
    print(workflow.run(), flush=True)
    time.sleep(600)
"""


def ended(place: Place, count: int = 1) -> list[str]:
    """Have runs that failed, whose cluster has ended; return their ids."""
    process = place.script(DIGITS, str(count))
    output, _ = process.communicate(timeout=BOUND)
    assert process.returncode == 0
    return output.split()


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, str]:
    """Give a place with one run that failed, of which nothing is changed, and its id."""
    made = Place(tmp_path_factory.mktemp("failed"))
    (run_id,) = ended(made)
    return made, run_id


def begun(place: Place) -> tuple[str, subprocess.Popen[str]]:
    """Have a run whose second task waits for the file `go`; return its id and its script."""
    script = place.script(WAITS)
    run_id = script.stdout.readline().strip()
    wait_until(lambda: "wait | waiting" in place.type("runs", "logs", run_id)[1])
    return run_id, script


def killed(script: subprocess.Popen[str]) -> None:
    script.kill()
    script.wait(BOUND)
    script.stdout.close()


def test_nothing_is_kept_yet(place):
    process = place.start("runs")
    assert process.communicate(timeout=BOUND) == ("no runs\n", "")
    assert process.returncode == 0


def test_what_is_kept_is_read_without_any_scheduler(failed):
    place, run_id = failed
    heading, line = place.said("runs").splitlines()
    assert heading.split()[:3] == ["run", "workflow", "status"]
    assert re.match(
        rf"{run_id[:8]}  digits +✕ failed +(now|\d+ s ago) .* 1✕ 1⤼ 2✓ .*script.py", line
    )
    (told,) = json.loads(place.said("runs", "list", "--json"))
    assert (told["run_id"], told["counts"]["succeeded"]) == (run_id, 2)
    assert place.said("runs", "list", "--status", "succeeded") == "no runs\n"

    page = place.said("runs", "show", run_id[:6])
    assert "✕ train: ValueError: no labels" in page
    assert re.search(r"^report +⤼ skipped +train failed$", page, re.MULTILINE)
    shown = json.loads(place.said("runs", "show", "latest", "--json"))
    assert {each["name"]: each["state"] for each in shown["tasks"]} == {
        "load": "succeeded", "mean": "succeeded", "train": "failed", "report": "skipped",
    }  # fmt: skip

    lines = place.said("runs", "logs", "latest").splitlines()
    texts = [line[14:] for line in lines]
    assert texts.index("load | loading") < [text[:6] for text in texts].index("✓ load")
    assert texts.count("train | ValueError: no labels") == 1
    assert all("train" in line for line in place.said("runs", "logs", run_id, "train").splitlines())

    listed = place.said("runs", "results", "latest")
    assert re.search(r"^load +rows +list +list, 50000 items +on disk, ", listed, re.MULTILINE)
    assert re.search(r"^mean +mean +float +24999.5$", listed, re.MULTILINE)
    assert "load" not in place.said("runs", "results", "latest", "mean")


def test_what_programs_read(failed):
    place, run_id = failed
    made = {row["task"]: row for row in json.loads(place.said("runs", "results", run_id, "--json"))}
    assert set(made) == {"load", "mean"}
    assert (made["mean"]["run_id"], made["mean"]["value"]) == (run_id, 24999.5)
    assert "value" not in made["load"]
    assert Path(made["load"]["path"].partition(":")[2]).exists()
    assert json.loads(place.said("runs", "results", run_id, "mean", "--json")) == [made["mean"]]

    lines = place.said("runs", "logs", run_id, "--json").splitlines()
    told = [json.loads(line) for line in lines]
    assert [message["seq"] for message in told] == [*range(1, len(told) + 1)]
    assert (told[0]["type"], told[-1]["type"]) == ("start_workflow", "finish_workflow")
    followed = place.said("runs", "logs", run_id, "--follow", "--json").splitlines()
    assert followed == lines
    of_one = place.said("runs", "logs", run_id, "train", "--json").splitlines()
    assert {json.loads(line)["data"]["task_name"] for line in of_one} == {"train"}

    compared = json.loads(place.said("runs", "compare", run_id, "latest", "--json"))
    assert {"before", "after", "tasks", "left_out", "counts"} <= set(compared)


def test_results_are_written_to_files(failed):
    place, _ = failed
    rows, mean = place.folder / "out/rows.pkl", place.folder / "mean.json"
    assert place.said("runs", "results", "latest", "load", "--output", str(rows)) == f"{rows}\n"
    assert pickle.loads(rows.read_bytes()) == list(range(50_000))
    place.said("runs", "results", "latest", "mean", "mean", "-o", str(mean))
    assert json.loads(mean.read_text()) == 24999.5

    report, told, archive = (place.folder / f"run.{kind}" for kind in ("html", "json", "zip"))
    for file in (report, told, archive):
        assert place.said("runs", "export", "latest", str(file)) == f"{file}\n"
    assert "no labels" in report.read_text()
    data = json.loads(told.read_text())
    assert [message["seq"] for message in data["messages"]] == [
        *range(1, len(data["messages"]) + 1)
    ]
    assert data["messages"][-1]["type"] == "finish_workflow"
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        names = {re.sub("-[0-9a-f]{8}", "", name) for name in opened.namelist()}
        messages = opened.read("messages.jsonl").splitlines()
        pickled = next(name for name in opened.namelist() if name.endswith("mean.pkl"))
        assert pickle.loads(opened.read(pickled)) == 24999.5
    assert {"run.json", "graph.json", "report.html", "README.txt"} < names
    assert {"tasks/load/stdout.log", "tasks/load/responses.json", "tasks/load/rows-1.value"} < names
    assert [json.loads(line)["seq"] for line in messages] == [*range(1, len(messages) + 1)]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["show", "nothing"], 1, "Error: there is no run 'nothing' in /"),
        (["show", "nothing"], 1, "for runs of a scheduler give --address tcp://"),
        (["show", "lates"], 1, "did you mean 'latest'?"),
        (["show"], 2, "Missing argument 'RUN_ID'"),
        (["logs", "latest", "trane"], 1, "has no task 'trane': did you mean 'train'?"),
        (["results", "latest", "train"], 1, "task 'train' of run"),
        (
            ["results", "latest", "load", "row"],
            1,
            "task 'load' made no 'row': did you mean 'rows'?",
        ),
        (["results", "latest", "-o", "x.pkl"], 2, "say of which TASK"),
        (
            ["results", "latest", "load", "-o", "x.txt"],
            1,
            "ends in '.txt': write a .pkl or a .json",
        ),
        (["export", "latest", "x.tar"], 2, "has to end in one of .zip, .html, .json"),
        (["cancel", "latest"], 1, "this takes a scheduler: `maze-nb up` starts one"),
        (["resume", "latest"], 1, "this takes a scheduler"),
        (["prune"], 2, "say what is to go"),
        (["prune", "--older-than", "soon"], 2, "an age is such as 30d"),
        (["prune", "--keep", "10x"], 2, "a size such as 10GB"),
        (["list", "--all", "--limit", "3"], 2, "give --all or --limit, not both"),
        (["list", "--address", "nowhere"], 1, "'nowhere' is no address of a scheduler"),
        (["watsh"], 2, "No such command 'watsh'"),
    ],
)
def test_what_makes_no_sense_is_refused(failed, words, code, said):
    found, _, errors = failed[0].type("runs", *words)
    assert found == code, errors
    assert said in errors
    assert "Traceback" not in errors


def test_several_runs_that_begin_alike_are_named(place):
    place.home.mkdir()
    store = open_store(place.home / "runs.db")
    for run_id in ("abc1", "abc2", "b"):
        store.create(StoredRun(run_id, "w", run_id, time.time()), b"", b"")
    store.close()
    code, _, errors = place.type("runs", "show", "abc")
    assert (code, errors) == (1, "Error: 2 runs begin with 'abc': abc1 (abc1), abc2 (abc2)\n")
    assert place.type("runs", "show", "b")[0] == 0


def test_old_runs_are_pruned_and_one_is_deleted_but_none_that_goes_on(place):
    first, second = ended(place, 2)
    going, script = begun(place)
    results = place.home / "results"
    try:
        assert {each.name for each in results.iterdir()} >= {first, second, going}
        dry = place.said("runs", "prune", "--older-than", "0s", "--dry-run")
        assert dry.splitlines()[:2] == [first, second]
        assert "2 runs would go" in dry
        assert len(json.loads(place.said("runs", "list", "--json"))) == 3

        assert "(digits, failed) is no more" in place.said("runs", "delete", second)
        assert f"run {going} goes on: cancel it first" in place.type("runs", "delete", going)[2]
        assert place.said("runs", "prune", "--keep", "0B").splitlines()[0] == first
        (left,) = json.loads(place.said("runs", "list", "--json"))
        assert left["run_id"] == going
        assert {each.name for each in results.iterdir()} == {going}
    finally:
        killed(script)


def test_an_interrupt_of_a_watch_leaves_the_run_alone(place):
    run_id, script = begun(place)
    watching = place.start("runs", "watch", run_id)
    try:
        watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=BOUND)
        assert watching.returncode == 130
        assert f"stopped watching; run {run_id} goes on" in errors
        assert json.loads(place.said("runs", "list", "--json"))[0]["status"] == "running"
    finally:
        killed(watching)
        killed(script)
    wait_until(lambda: "interrupted" in place.said("runs"))
    code, _, errors = place.type("runs", "watch", run_id)
    assert (code, "is interrupted" in errors) == (3, True)


def test_a_run_of_a_live_process_is_watched_from_its_store(place):
    """A terminal gets a table that keeps up, others get lines."""
    run_id, script = begun(place)
    own, other = pty.openpty()
    os.set_blocking(own, False)
    seen = bytearray()

    def shows(text: str) -> bool:
        with contextlib.suppress(OSError):
            seen.extend(os.read(own, 2**16))
        return text in PLAIN.sub("", seen.decode(errors="replace"))

    try:
        watching = subprocess.Popen(
            [COMMAND, "runs", "watch", run_id],
            env=place.environment | {"TERM": "xterm-256color", "COLUMNS": "120"},
            cwd=place.folder, stdin=other, stdout=other, stderr=other,
        )  # fmt: skip
        os.close(other)
        lines = place.start("runs", "watch", "latest")
        following = place.start("runs", "logs", "latest", "--follow")
        assert "▶ waits: 2 tasks" in lines.stdout.readline()
        wait_until(lambda: shows("◐ running"))
        (place.folder / "go").touch()
        wait_until(lambda: shows(f"✓ waits · run {run_id[:8]}… · succeeded · 2 tasks"))
        assert watching.wait(BOUND) == 0
        output, errors = lines.communicate(timeout=BOUND)
        assert (lines.returncode, errors) == (0, "")
        assert f"✓ run {run_id[:8]}… succeeded" in output
        output, _ = following.communicate(timeout=BOUND)
        assert following.returncode == 0
        assert output.count("wait | waiting") == 1
    finally:
        os.close(own)
        killed(script)


def test_a_kept_cluster_takes_up_what_was_interrupted(place):
    run_id, script = begun(place)
    killed(script)
    wait_until(lambda: "interrupted" in place.said("runs"))
    assert f"maze-nb runs resume {run_id}" in place.said("runs", "show", run_id)
    place.up()
    (place.folder / "go").touch()
    output = place.said("runs", "resume", "latest", "--watch")
    assert output.startswith(f"run {run_id} goes on\n")
    assert "resumed" in output
    assert (place.folder / "begin-ran").read_text() == "x"
    assert "2" in place.said("runs", "results", run_id, "wait")
    code, _, errors = place.type("runs", "resume", run_id)
    assert (code, "has ended (succeeded)" in errors) == (1, True)
    code, _, errors = place.type("runs", "cancel", run_id)
    assert (code, "has ended (succeeded) already" in errors) == (1, True)


def test_what_failed_is_run_again_on_a_kept_cluster(place):
    place.up()
    (old,) = ended(place)
    code, output, _ = place.type("runs", "rerun", old, "--failed-only", "--watch")
    assert code == 1
    (place.folder / "mended").touch()
    output = place.said("runs", "rerun", old, "--failed-only", "--watch")
    new = output.split()[0]
    assert new != old
    assert f"☑ load  from run {old[:8]}…" in output
    assert "scored 7" in place.said("runs", "results", new, "report")
    output = place.said("runs", "rerun", new, "--from", "train", "--watch")
    assert output.count("from run") == 2
    code, _, errors = place.type("runs", "rerun", new, "--from", "trane")
    assert (code, "did you mean 'train'?" in errors) == (1, True)


@task(outputs=["done"])
def noisy(folder):
    print("said on the worker", flush=True)
    (Path(folder) / "began").touch()
    while not (Path(folder) / "go").exists():
        time.sleep(0.05)
    return {"done": list(range(100_000))}


def test_a_run_on_a_scheduler_elsewhere(start_cluster, place, tmp_path):
    own = start_cluster()
    far = tmp_path / "far"
    home = {HOME_VARIABLE: str(tmp_path / "theirs")}
    own.add_worker("far", env={"RESULTS_DIR": str(far), **home})
    with MaClient(own.address) as client:
        workflow = client.create_workflow("noise")
        workflow.add_task(noisy, inputs={"folder": str(tmp_path)})
        run_id = workflow.run()
        wait_until((tmp_path / "began").exists)
    where = ("--address", own.address)
    assert "◐ running" in place.said("runs", "list", *where)
    assert "◐ running" in place.said("runs", "show", run_id, *where)
    # What it prints is in a folder that only the worker knows of by now.
    following = place.start("runs", "logs", run_id, "--follow", *where)
    wait_until(lambda: "said on the worker" in following.stdout.readline())
    (tmp_path / "go").touch()
    output, _ = following.communicate(timeout=BOUND)
    assert (following.returncode, "✓ noisy" in output) == (0, True)

    assert "list, 100000 items" in place.said("runs", "results", run_id, MAZE_SCHEDULER=own.address)
    assert "is no more" in place.said("runs", "delete", run_id, *where)
    # What travelled there with the code of the run serves others too.
    assert [each.name for each in far.iterdir() if each.name != ".kept"] == []
    # The scheduler's home may hold runs of others.
    refused = place.type("runs", "show", run_id, *where)[2]
    assert "there are no runs " in refused or f"there is no run {run_id!r}" in refused

    (tmp_path / "go").unlink()
    with MaClient(own.address) as client:
        workflow = client.create_workflow("noise")
        workflow.add_task(noisy, inputs={"folder": str(tmp_path)}, isolation="process")
        run_id = workflow.run()
    assert f"run {run_id} is being cancelled" in place.said("runs", "cancel", "latest", *where)
    assert place.type("runs", "watch", run_id, *where)[0] == 1
    assert "⊘ cancelled" in place.said("runs", "list", *where)
