"""How a container is created and how its end is told; no engine is needed for that."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from maze_nb.errors import MemoryLimitError, TaskFailedError
from maze_nb.runners.containers import remover
from maze_nb.runners.containers.ending import check_ending
from maze_nb.runners.containers.engine import Engine, answer_of, find, urls
from maze_nb.runners.containers.missing_program import missing_program
from maze_nb.runners.containers.options import ContainerPlan, Mount, _host, _specification
from maze_nb.runners.containers.output import _Tail
from maze_nb.runners.containers.owner import _is_gone, owner
from tests.waiting import wait_until


def plan(**given):
    base = {"name": "maze-x", "image": "i", "words": None, "entrypoint": None}
    return ContainerPlan(
        **{**base, "environment": {}, "labels": {}, "mounts": (), **given},
    )


def test_limits_and_devices_as_docker_takes_them():
    made = _host(
        plan(
            memory=64,
            cpu=0.5,
            gpus=("2", "GPU-5f1"),
            network="none",
            is_read_only=True,
            scratch=("/tmp",),
            mounts=(Mount("/a", "/b", is_read_only=True),),
        )
    )
    assert made["mem_limit"] == made["memswap_limit"] == 64 * 2**20
    assert made["nano_cpus"] == 500_000_000
    (asked,) = made["device_requests"]
    assert (asked["DeviceIDs"], asked["Count"]) == (["2", "GPU-5f1"], 0)
    assert (made["network_mode"], made["read_only"], made["tmpfs"]) == ("none", True, {"/tmp": ""})
    (mount,) = made["mounts"]
    assert (mount["Source"], mount["Target"], mount["ReadOnly"]) == ("/a", "/b", True)


def test_no_limits():
    made = _host(plan())
    assert not {"mem_limit", "nano_cpus", "device_requests", "network_mode"} & set(made)


@pytest.mark.parametrize(
    ("gpus", "seen"), [((), "void"), (("0",), "0"), (("0", "GPU-5f1"), "0,GPU-5f1")]
)
def test_no_container_sees_all_devices(gpus, seen):
    given = plan(gpus=gpus, environment={"NVIDIA_VISIBLE_DEVICES": "all"})
    assert given.variables == {"NVIDIA_VISIBLE_DEVICES": seen}


def test_devices_as_podman_takes_them():
    made = _specification(plan(gpus=("0", "1"), memory=64, cpu=0.25, network="own"))
    assert made["devices"] == [{"path": "nvidia.com/gpu=0"}, {"path": "nvidia.com/gpu=1"}]
    assert made["resource_limits"] == {
        "memory": {"limit": 64 * 2**20, "swap": 64 * 2**20},
        "cpu": {"quota": 25_000, "period": 100_000},
    }
    assert (made["netns"], made["Networks"]) == ({"nsmode": "bridge"}, {"own": {}})
    assert "user" not in made


@pytest.mark.parametrize(
    ("code", "memory", "is_starved", "error", "said"),
    [
        (3, 0, False, TaskFailedError, "ended with exit code 3\nIts last output:\nwords"),
        (127, 0, False, TaskFailedError, "exit code 127: its program was not found in the image"),
        (143, 0, False, TaskFailedError, "was ended by SIGTERM"),
        (137, 64, False, TaskFailedError, "was killed"),
        (137, 0, True, TaskFailedError, "its node was out of memory"),
        (137, 64, True, MemoryLimitError, "used more than the 64 MB of its cpu_mem"),
        (1, 64, True, TaskFailedError, "ended with exit code 1"),
    ],
)
def test_endings(code, memory, is_starved, error, said):
    with pytest.raises(error) as caught:
        check_ending(plan(memory=memory), "x", code, "words", is_starved=is_starved)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            'runc create failed: exec: "gcc": executable file not found in $PATH: OCI runtime',
            "image 'i' has no program 'gcc': check its name, or take an image that has it",
        ),
        (
            'exec: "./no": stat ./no: no such file or directory: unknown',
            "image 'i' has no program './no': check its name, or take an image that has it",
        ),
        (
            "crun: executable file `gcc` not found in $PATH: No such file or directory",
            "image 'i' has no program 'gcc': check its name, or take an image that has it",
        ),
        (
            'exec: "/bin/sh": stat /bin/sh: no such file or directory: unknown',
            (
                "image 'i' has no program '/bin/sh': give the command as a list of words, as it "
                "has no shell"
            ),
        ),
        (
            'exec: "/work": permission denied: OCI permission denied',
            "'/work' in image 'i' is no program: give one, or chmod +x it in the image",
        ),
        ("unable to find user nobody-here: no matching entries in passwd file", None),
    ],
)
def test_a_program_that_is_not_in_the_image(reason, said):
    assert missing_program("i", reason) == said


def test_a_good_ending():
    check_ending(plan(memory=64), "x", 0, "", is_starved=True)


def test_where_an_engine_is_looked_for(tmp_path):
    given = {"HOME": str(tmp_path), "XDG_RUNTIME_DIR": "/run/user/7"}
    assert urls(given) == [
        "unix:///var/run/docker.sock",
        "unix:///run/user/7/docker.sock",
        f"unix://{tmp_path}/.docker/run/docker.sock",
        "unix:///run/podman/podman.sock",
        "unix:///run/user/7/podman/podman.sock",
    ]
    assert urls({**given, "CONTAINER_HOST": "unix:///a"}) == ["unix:///a"]
    assert urls({**given, "CONTAINER_HOST": "a", "DOCKER_HOST": "unix:///b"}) == ["unix:///b"]


def test_no_engine_is_one_error_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(TaskFailedError, match=r"none.sock .not there.: start Docker .systemctl"):
        find()


def test_a_socket_that_nobody_listens_at(tmp_path):
    place = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(place))
    assert answer_of(f"unix://{place}", 2) == "Connection refused"


def test_a_tail_is_bounded_and_counts_what_it_left_out():
    tail = _Tail(10)
    for number in range(1000):
        tail.add(f"{number}\n")
    assert tail.text() == "7\n998\n999\n"
    assert tail.left_out + len(tail.text()) == sum(len(f"{each}\n") for each in range(1000))
    assert len(tail._pieces) < 10


def test_whose_a_container_is():
    mine = owner()
    machine, pid, _ = mine.split("/")
    assert not _is_gone(mine)
    assert _is_gone(f"{machine}/{pid}/1.00")
    assert not _is_gone(f"elsewhere/{pid}/1.00")
    assert not _is_gone("")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    since = psutil.Process(ended.pid).create_time()
    ended.wait()
    assert _is_gone(f"{machine}/{ended.pid}/{since:.2f}")


@pytest.mark.parametrize(("word", "asked"), [(b"", True), (b"done", False)])
def test_the_remover_asks_only_if_nothing_was_said(tmp_path, monkeypatch, word, asked):
    heard: list[bytes] = []
    place = tmp_path / "engine.sock"
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(place))
    server.listen()

    def answer() -> None:
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            with line:
                heard.append(line.recv(1000).split(b"\r\n")[0])
                line.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    threading.Thread(target=answer, daemon=True).start()
    read_end, write_end = os.pipe()
    program = Path(remover.__file__)
    try:
        # It leaves the process that started it, and has let go of it when that has ended.
        subprocess.run(
            [sys.executable, "-I", "-S", program, f"unix://{place}", "maze a"],
            stdin=read_end,
            check=True,
            timeout=20,
        )
        found = _removers(place)
        assert len(found) == 1
        os.write(write_end, word)
        os.close(write_end)
        psutil.wait_procs(found, timeout=20)
        wait_until(lambda: not _removers(place))
        assert set(heard) == (
            {b"DELETE /containers/maze%20a?force=1&v=1 HTTP/1.1"} if asked else set()
        )
    finally:
        os.close(read_end)
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def _removers(place: Path) -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        try:
            if f"unix://{place}" in each.cmdline() and each.status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except psutil.Error:
            continue
    return found


def test_an_engine_knows_what_it_is():
    assert Engine("", None, "Podman 4.3.1").is_podman
    assert not Engine("", None, "Docker 27.5").is_podman
