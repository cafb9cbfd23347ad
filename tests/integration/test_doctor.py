"""``maze-nb doctor`` typed as people type it, with everything wrong that it is to find."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dask.config
import pytest
from distributed import Client

from maze_nb.cli.scheduler import ADDRESS_VARIABLES
from maze_nb.config import HOME_VARIABLE
from maze_nb.store.open import open_store
from maze_nb.store.protocol import StoredRun
from maze_nb.version import __version__
from tests.typed import Typed, typed
from tests.waiting import wait_until

COMMAND = Path(sys.executable).parent / "maze-nb"
BOUND = 115
WITHOUT_MAZE = "import sys; sys.modules['maze_nb'] = None; "
SCHEDULER = "from distributed.cli.dask_scheduler import main; main()"
WORKER = "from distributed.cli.dask_worker import main; main()"

Line = dict[str, str]


class Patient:
    """A home, and what the doctor says of it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._folder = folder
        self._own = {HOME_VARIABLE: str(self.home), "HOME": str(folder)}
        base = {name: value for name, value in os.environ.items() if name not in ADDRESS_VARIABLES}
        self.environment = base | self._own

    def start(self, *words: str, **more: str) -> Typed:
        """Ask the doctor in a process of its own."""
        done = subprocess.run(
            [COMMAND, "doctor", *words],
            env=self.environment | more,
            capture_output=True,
            text=True,
            timeout=BOUND,
            check=False,
        )
        return Typed(done.returncode, done.stdout, done.stderr)

    def type(self, *words: str, **more: str) -> Typed:
        """Ask the doctor here; a `PYTHONPATH` is only heeded by a process that starts with it."""
        if "PYTHONPATH" in more:
            return self.start(*words, **more)
        environment = dict.fromkeys(ADDRESS_VARIABLES) | self._own | more
        return typed("doctor", *words, folder=self._folder, environment=environment)

    def lines(self, *words: str, **more: str) -> tuple[int, dict[str, Line]]:
        """Return the exit code, and the lines by what they are about: the worst of each."""
        start = () if "--start" in words else ("--no-start",)
        done = self.type("--json", *start, *words, **more)
        assert not done.errors, done.errors
        rank = ["fault", "note", "ok"]
        found: dict[str, Line] = {}
        for line in sorted(json.loads(done.output), key=lambda line: -rank.index(line["state"])):
            assert set(line) == {"subject", "state", "text", "remedy"}
            found[line["subject"]] = line
        return done.code, found

    def fault(self, subject: str, *words: str, **more: str) -> str:
        """Return the one fault that there has to be, with its remedy."""
        code, found = self.lines(*words, **more)
        faults = {line["subject"] for line in found.values() if line["state"] == "fault"}
        assert (code, faults) == (1, {subject}), found
        assert found[subject]["remedy"], found[subject]
        return f"{found[subject]['text']} → {found[subject]['remedy']}"


@pytest.fixture
def patient(tmp_path: Path) -> Patient:
    return Patient(tmp_path)


def test_all_is_well_where_it_is(patient: Patient) -> None:
    done = patient.start()
    assert (done.code, done.errors) == (0, ""), done.output
    lines = done.output.splitlines()
    assert lines[-1] == "no faults"
    assert f"ok     maze-nb               {__version__}" in lines
    assert any("an embedded one runs a task after" in line for line in lines)
    assert {line.split()[0] for line in lines[:-1]} <= {"ok", "note", "→"}
    # It only looks.
    assert not patient.home.exists()


def test_a_kept_cluster_is_asked(patient: Patient) -> None:
    def type_in(*words: str) -> None:
        subprocess.run([COMMAND, *words], env=patient.environment, check=True, timeout=BOUND)

    type_in("up", "--slots", "1", "--dashboard-address", "127.0.0.1:0")
    try:
        code, found = patient.lines()
    finally:
        type_in("down", "--force")
    assert code == 0, found
    assert f"answers, with maze_nb {__version__}" in found["cluster"]["text"]
    assert found["workers"]["text"] == f"1 worker with maze_nb {__version__}"
    assert (found["dashboard"]["state"], found["run store"]["state"]) == ("ok", "ok")


def test_nobody_listens(patient: Patient, tmp_path: Path) -> None:
    told = patient.fault("cluster", "--address", "tcp://127.0.0.1:1")
    assert "connection refused, nothing listens there" in told
    told = patient.fault("cluster", "--scheduler-file", str(tmp_path / "none.json"))
    assert "names no scheduler" in told
    assert patient.type("--address", "a", "--scheduler-file", "b").code == 2


def test_an_interrupt_ends_it(patient: Patient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [COMMAND, "doctor", "--address", address],
            env=patient.environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert "maze-nb" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=BOUND)
    assert (process.returncode, errors) == (130, "interrupted\n")


def program(code: str, folder: Path, *words: str, **more: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def start_scheduler(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Give a function that starts a scheduler and a worker from code, and gives the address."""
    started: list[subprocess.Popen[bytes]] = []

    def start(before: str = "", worker: bool = True, **more: str) -> str:
        file = tmp_path / "scheduler.json"
        words = ("--port", "0", "--no-dashboard", "--host", "127.0.0.1")
        words = (*words, "--dashboard-address", "127.0.0.1:0")
        named = ("--scheduler-file", str(file))
        started.append(program(before + SCHEDULER, tmp_path, *words, *named, **more))
        wait_until(file.exists, 30)
        with Client(scheduler_file=str(file), timeout=30, set_as_default=False) as client:
            address: str = client.scheduler.address
            if worker:
                options = ("--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
                started.append(program(before + WORKER, tmp_path, address, *options, **more))
                client.wait_for_workers(1, timeout=30)
        return address

    yield start
    for process in started:
        process.kill()
        process.wait(20)


def test_a_plain_scheduler_is_no_fault(patient: Patient, start_scheduler) -> None:
    code, found = patient.lines("--address", start_scheduler(worker=False))
    assert code == 0
    assert "has no Maze at work in it yet" in found["cluster"]["text"]
    assert found["workers"]["state"] == "note"
    assert "maze-nb worker tcp://" in found["workers"]["remedy"]
    assert "has no pages" in found["dashboard"]["text"]


def test_a_cluster_without_maze(patient: Patient, start_scheduler) -> None:
    code, found = patient.lines(MAZE_SCHEDULER=start_scheduler(WITHOUT_MAZE))
    assert code == 1
    for subject in ("scheduler", "workers"):
        assert found[subject]["state"] == "fault"
        assert "maze_nb cannot be imported at tcp://" in found[subject]["text"]
        assert f"install maze-nb {__version__}" in found[subject]["remedy"]


def test_a_cluster_with_another_maze(patient: Patient, start_scheduler, tmp_path: Path) -> None:
    other = tmp_path / "other/maze_nb"
    other.mkdir(parents=True)
    (other / "__init__.py").touch()
    (other / "version.py").write_text("__version__ = '0.0.7'\n")
    first = f"import sys; sys.path.insert(0, {str(other.parent)!r}); "
    code, found = patient.lines("--address", start_scheduler(first))
    assert code == 1
    for subject in ("scheduler", "workers"):
        assert "maze_nb 0.0.7 at tcp://127.0.0.1" in found[subject]["text"]
        assert f"this is {__version__}" in found[subject]["text"]


def test_versions_that_will_not_do(patient: Patient, tmp_path: Path) -> None:
    old = tmp_path / "before"
    for name, version in (("click", "7.0"), ("distributed", "2020.1")):
        about = old / f"{name}-{version}.dist-info"
        about.mkdir(parents=True)
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (about / "METADATA").write_text(text)
    code, found = patient.lines(PYTHONPATH=str(old))
    assert code == 1
    assert found["click"]["text"] == "7.0, and maze-nb needs >=8.1"
    assert found["click"]["remedy"] == 'pip install "click>=8.1"'
    assert found["distributed"]["state"] == "fault"
    assert "packages" not in found


def test_a_python_and_packages_that_are_missing(patient: Patient, tmp_path: Path) -> None:
    about = tmp_path / "before/maze_nb-9.9.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: maze-nb\nVersion: 9.9\nRequires-Python: >=4\n"
        "Requires-Dist: not-to-be-had-anywhere>=2\nRequires-Dist: click>=8.1\n"
        "Requires-Dist: only-in-an-extra; extra == 'test'\n"
    )
    code, found = patient.lines(PYTHONPATH=str(about.parent))
    assert code == 1
    assert "maze-nb needs >=4" in found["Python"]["text"]
    assert found["not-to-be-had-anywhere"]["text"] == "is not installed"
    assert found["maze-nb"]["state"] == "note"
    assert "9.9" in found["maze-nb"]["text"]
    assert "only-in-an-extra" not in found


def make_store(home: Path) -> Path:
    file = home / "runs.db"
    store = open_store(file)
    for number in range(200):
        store.create(StoredRun(f"run{number}", "w", "flow", number), b"x" * 4000, b"y" * 4000)
    store.close()
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


def test_a_run_store_that_is_well(patient: Patient) -> None:
    make_store(patient.home)
    code, found = patient.lines()
    assert (code, found["run store"]["state"]) == (0, "ok")
    assert "200 runs, " in found["run store"]["text"]


def damage(file: Path) -> None:
    """Write over pages in the middle of a file, and leave the first as they are."""
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(b"\xa5" * 65536)


def replace_by_text(file: Path) -> None:
    file.write_text("no database at all, but more than a header of text\n" * 100)


def replace_by_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damage, "is damaged"),
        (replace_by_text, "is not a run store, or is damaged"),
        (replace_by_folder, "there is a folder of this name"),
    ],
)
def test_a_run_store_that_is_broken(patient: Patient, harm, said: str) -> None:
    harm(make_store(patient.home))
    assert said in patient.fault("run store")


def test_a_run_store_of_a_newer_maze(patient: Patient) -> None:
    with sqlite3.connect(make_store(patient.home)) as connection:
        connection.execute("PRAGMA user_version = 99")
    told = patient.fault("run store")
    assert "made by a newer Maze" in told
    assert "Update maze-nb here" in told


def test_a_run_store_that_is_locked(patient: Patient) -> None:
    connection = sqlite3.connect(make_store(patient.home), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        assert "has kept it locked for more than 3 s" in patient.fault("run store")
    finally:
        connection.close()


def test_runs_in_memory_only(patient: Patient) -> None:
    with dask.config.set({"maze.store": "memory"}):
        code, found = patient.lines()
    assert (code, found["run store"]["state"]) == (0, "note")


def make_file(home: Path) -> None:
    home.write_text("")


def lead_nowhere(home: Path) -> None:
    home.symlink_to(home.parent / "gone")


def open_to_all(home: Path) -> None:
    home.mkdir()
    home.chmod(0o777)


def give_away(home: Path) -> None:
    home.mkdir(mode=0o755)
    os.chown(home, 12345, 12345)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lead_nowhere, "leads nowhere"),
        (open_to_all, "every user may write to"),
        pytest.param(
            *(give_away, "belongs to another user (id 12345)"),
            marks=pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away"),
        ),
    ],
)
def test_a_home_that_will_not_do(patient: Patient, harm, said: str) -> None:
    harm(patient.home)
    assert said in patient.fault("MAZE_HOME")


def test_a_home_that_cannot_be_made(patient: Patient) -> None:
    make_file(patient.home)
    code, found = patient.lines()
    assert (code, found["MAZE_HOME"]["state"]) == (1, "fault")
    assert "is not a folder" in found["MAZE_HOME"]["text"]
    code, found = patient.lines(MAZE_HOME="/proc/maze")
    assert (code, found["MAZE_HOME"]["state"]) == (1, "fault")
    assert "cannot be made" in found["MAZE_HOME"]["text"]
    assert found["disk space"]["state"] == "fault"


def test_a_cluster_that_cannot_be_started(patient: Patient) -> None:
    told = patient.fault("cluster", "--start", DASK_MAZE__START_TIMEOUT="10ms")
    assert "an embedded one does not start" in told


def test_what_jupyter_does_not_have(patient: Patient, tmp_path: Path) -> None:
    places = tmp_path / "share", tmp_path / "etc"
    hidden = {"JUPYTER_PREFER_ENV_PATH": "0", "JUPYTER_NO_CONFIG": ""}
    for place in places:
        place.mkdir()
    lab = places[0] / "labextensions/maze-nb"
    lab.mkdir(parents=True)
    (lab / "package.json").write_text('{"version": "0.0.1"}')
    code, found = patient.lines(JUPYTER_PATH=str(places[0]), **hidden)
    assert code == 1
    assert "is of version 0.0.1" in found["JupyterLab extension"]["text"]

    (places[1] / "labconfig").mkdir()
    page = places[1] / "labconfig/page_config.json"
    page.write_text('{"disabledExtensions": {"maze-nb": true}}')
    told = places[1] / "jupyter_server_config.d"
    told.mkdir()
    (told / "maze_nb.json").write_text(
        '{"ServerApp": {"jpserver_extensions": {"maze_nb.server": false}}}'
    )
    code, found = patient.lines(JUPYTER_CONFIG_PATH=str(places[1]))
    assert code == 0, found
    assert found["JupyterLab extension"]["remedy"] == "jupyter labextension enable maze-nb"
    assert "server extension enable maze_nb.server" in found["server extension"]["remedy"]

    kernel = places[0] / "kernels/python3"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(
        json.dumps({"argv": [str(tmp_path / "gone/python"), "-m", "x"], "display_name": "x"})
    )
    (lab / "package.json").write_text(json.dumps({"version": __version__}))
    told_of = patient.fault("kernel", JUPYTER_PATH=str(places[0]))
    assert "which is gone" in told_of
    assert "ipykernel install" in told_of
