"""The checks of ``maze-nb doctor`` one by one, where what they look at can be made here."""

from __future__ import annotations

import shutil
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from maze_nb.cli.checks import containers, gpu
from maze_nb.cli.checks.examination import CHECKS, CheckRow, examine
from maze_nb.cli.checks.finding import Finding, Surroundings, note, ok
from maze_nb.cli.checks.run_store import check_run_store
from maze_nb.errors import ConnectionFailedError
from maze_nb.store import schema
from maze_nb.store.sqlite import SqliteRunStore

NOWHERE = Surroundings(lambda: None, may_start=False)
RELEASED = threading.Event()


def well(_surroundings: Surroundings) -> Iterator[Finding]:
    yield ok("this", "is well")


def hang(_surroundings: Surroundings) -> Iterator[Finding]:
    yield note("before", "it hung")
    RELEASED.wait(60)


def crash(_surroundings: Surroundings) -> Iterator[Finding]:
    yield note("before", "it crashed")
    raise KeyError("x")


def leave(_surroundings: Surroundings) -> Iterator[Finding]:
    raise SystemExit(3)
    yield


def refuse(_surroundings: Surroundings) -> Iterator[Finding]:
    raise ConnectionFailedError("nobody is there. Start something")
    yield


def rows(*names: str) -> tuple[CheckRow, ...]:
    return tuple(CheckRow(name, f"{__name__}:{name}", 0.3) for name in names)


def test_no_check_can_end_or_stop_the_others():
    sys.modules.setdefault(__name__, sys.modules[well.__module__])
    begun = time.monotonic()
    found = list(examine(NOWHERE, rows("hang", "crash", "leave", "refuse", "missing", "well")))
    RELEASED.set()
    assert time.monotonic() - begun < 10
    assert [(one.subject, one.state) for one in found] == [
        ("before", "note"),
        ("hang", "fault"),
        ("before", "note"),
        ("crash", "fault"),
        ("leave", "fault"),
        ("refuse", "fault"),
        ("missing", "fault"),
        ("this", "ok"),
    ]
    told = {one.subject: one for one in found}
    assert told["hang"].text == "to look at it takes longer than 0.3 s"
    assert told["crash"].text == "could not be looked at (KeyError: 'x')"
    assert (told["refuse"].text, told["refuse"].remedy) == ("nobody is there", "Start something")


def test_each_row_leads_to_a_check():
    assert len({row.subject for row in CHECKS}) == len(CHECKS)
    assert all(row.seconds <= 120 for row in CHECKS)


class NVMLError(Exception):
    """As that of pynvml, which every name of it derives from."""


def nvml(*devices: str, init: str = "", driver: str = "") -> ModuleType:
    """Return a stand-in for the library: this machine may have no device."""

    def fail(text: str) -> None:
        if text:
            raise NVMLError(text)

    def driver_version() -> bytes:
        fail(driver)
        return b"550.1"

    made = ModuleType("pynvml")
    vars(made).update(
        NVMLError=NVMLError,
        nvmlInit=lambda: fail(init),
        nvmlShutdown=lambda: None,
        nvmlDeviceGetCount=lambda: len(devices),
        nvmlSystemGetDriverVersion=driver_version,
        nvmlDeviceGetHandleByIndex=lambda index: index,
        nvmlDeviceGetName=lambda index: devices[index],
        nvmlDeviceGetMemoryInfo=lambda index: SimpleNamespace(total=80 << 30, free=79 << 30),
    )
    return made


@pytest.mark.parametrize(
    ("library", "has_device_file", "state", "said"),
    [
        (nvml(init="Not Found"), False, "note", "none here (Not Found)"),
        (nvml(init="Not Found"), True, "fault", "its driver does not answer (Not Found)"),
        (nvml(), True, "note", "though there is a driver (550.1)"),
        (nvml("A", driver="lost"), True, "fault", "does not tell of its devices (lost)"),
        (nvml("H100", "A"), True, "ok", "H100, 80.0 GB, 79.0 GB free, driver 550.1"),
        (None, True, "fault", "pynvml cannot be imported"),
    ],
)
def test_gpus(monkeypatch, tmp_path, library, has_device_file, state, said):
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setattr(gpu, "_DEVICE_FILE", Path("/" if has_device_file else tmp_path / "none"))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    first = next(iter(gpu.check_gpu(NOWHERE)))
    assert (first.state, said in first.text) == (state, True), first


def test_a_choice_of_devices_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml("A", "B"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    found = list(gpu.check_gpu(NOWHERE))
    assert [one.subject for one in found] == ["GPU 0", "GPU 1", "GPU"]
    assert "CUDA_VISIBLE_DEVICES is '1'" in found[-1].text


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Give a function that has a server answer at a socket with a status; 0 is never."""
    servers: list[socketserver.BaseServer] = []
    silence = threading.Event()

    def start(status: int) -> Path:
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not status:
                    silence.wait(30)
                body = b'{"ApiVersion": "1.41", "Version": "27.5"}'
                self.send_response(status or 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None: ...

            def address_string(self) -> str:
                return "socket"

        path = tmp_path / f"engine{len(servers)}.sock"
        server = socketserver.ThreadingUnixStreamServer(str(path), Answer)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return path

    yield start
    silence.set()
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "state", "said"),
    [
        (200, "ok", "Docker 27.5 answers at"),
        (500, "note", "does not answer"),
        (0, "note", "timed out"),
    ],
)
def test_container_engines(monkeypatch, engine, status, state, said):
    monkeypatch.setattr(containers, "_SECONDS", 1)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{engine(status)}")
    first = next(iter(containers.check_containers(NOWHERE)))
    assert (first.state, said in first.text) == (state, True), first


@pytest.mark.parametrize(
    ("programs", "said"), [((), "no engine here"), (("docker",), "docker can be called, but no")]
)
def test_no_container_engine_is_no_fault(monkeypatch, tmp_path, programs, said):
    for name in programs:
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(containers, "urls", lambda: [f"unix://{tmp_path}/none.sock"])
    (only,) = containers.check_containers(NOWHERE)
    assert (only.state, said in only.text) == ("note", True)


def test_an_engine_that_is_named_and_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("CONTAINER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    (only,) = containers.check_containers(NOWHERE)
    assert f"no engine listens where CONTAINER_HOST=unix://{tmp_path}/none.sock says" in only.text
    assert "systemctl start podman.socket" in only.remedy


@pytest.mark.parametrize(
    ("free", "state"), [(1 << 20, "fault"), (500 << 20, "note"), (5 << 30, "ok")]
)
def test_space(monkeypatch, tmp_path, free, state):
    usage = SimpleNamespace(total=1 << 40, used=0, free=free)
    monkeypatch.setenv("MAZE_HOME", str(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    found = {one.subject: one for one in check_run_store(NOWHERE)}
    assert found["disk space"].state == state
    assert bool(found["disk space"].remedy) == (state != "ok")


def test_the_store_where_the_home_cannot_be(monkeypatch, tmp_path):
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("MAZE_HOME", str(tmp_path / "home"))
    found = {one.subject: one for one in check_run_store(NOWHERE)}
    assert found["run store"].state == "note"
    assert f"cannot be made in {tmp_path}/home" in found["run store"].text
    assert found["run store"].remedy == "mend what is said of MAZE_HOME"
    assert found["disk space"].text.endswith(f"free in {tmp_path}")


def test_a_store_of_an_older_maze_is_left_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setenv("MAZE_HOME", str(tmp_path))
    SqliteRunStore(tmp_path / "runs.db").close()
    (about, _) = check_run_store(NOWHERE)
    assert (about.state, "0 runs" in about.text) == ("ok", True)
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, ("CREATE TABLE x (y)",)])
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    (about, _) = check_run_store(NOWHERE)
    assert (about.state, "is of an older Maze" in about.text) == ("note", True)
    after = {each.name: each.read_bytes() for each in tmp_path.iterdir() if each.is_file()}
    assert after["runs.db"] == before["runs.db"]
