"""Tasks that are containers, run by a real engine; after each, the engine has no container left."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from maze_nb import MaClient, Run, Workflow
from maze_nb.errors import (
    InputError,
    MemoryLimitError,
    TaskCancelledError,
    TaskFailedError,
    TaskTimeoutError,
)
from tests.containers import IMAGE, Engine
from tests.waiting import wait_until

CASES: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "prints": ({"command": "echo a; echo b >&2; echo c"}, lambda got: got["stdout"] == "a\nc"),
    "words": ({"command": ["echo", "a b", "$HOME"]}, lambda got: got["stdout"] == "a b $HOME"),
    "of its image": ({}, lambda got: got["exit_code"] == 0 and got["stdout"] == ""),
    "variables": (
        {
            "command": 'echo "$WHO $GREETING $RUN_ID $WORKING_DIR $NVIDIA_VISIBLE_DEVICES"',
            "inputs": {"who": "b c"},
            "env": {"WHO": "a-{who}", "GREETING": "hi"},
        },
        lambda got: (
            got["stdout"].startswith("a-b c hi ") and got["stdout"].endswith(" /results void")
        ),
    ),
    "inputs": (
        {
            "command": "cat {rows} {text}; echo {word}; touch /inputs/x 2>&1 || true",
            "inputs": {"rows": [1, 2], "text": b"bytes", "word": "a 'b'; $(c)"},
        },
        lambda got: (
            got["stdout"].splitlines()
            == ["[1, 2]bytesa 'b'; $(c)", "touch: /inputs/x: Read-only file system"]
        ),
    ),
    "no network, and a read-only root": (
        {
            "command": "ip -o addr | grep -v ' lo ' | wc -l;"
            " ! touch /x && touch /tmp/x /results/x && echo done",
            "network": False,
            "read_only": True,
        },
        lambda got: got["stdout"] == "0\ndone",
    ),
    "user": (
        {
            "command": "id -u; id -g; touch /results/mine && ls -n /results/mine | cut -c1-10",
            "user": "1234:55",
        },
        lambda got: got["stdout"] == "1234\n55\n-rw-r--r--",
    ),
    "a network, a folder and cores": (
        {
            "command": "ip -o addr | grep -v ' lo ' | grep -q inet && pwd;"
            " cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us 2>/dev/null"
            " || cut -d' ' -f1 /sys/fs/cgroup/cpu.max",
            "cwd": "/work",
            "resources": {"cpu": 0.5},
        },
        lambda got: got["stdout"] == "/work\n50000",
    ),
}  # fmt: skip

FAULTS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "exit code 3": (
        {"command": "echo before; echo oh no >&2; exit 3"},
        TaskFailedError,
        r"(?s)ended with exit code 3\nIts last output:.*oh no",
    ),
    "killed": (
        {"command": "sh -c 'kill -9 $$'; true"},
        TaskFailedError,
        r"was killed \(exit code 137",
    ),
    "no such program": (
        {"command": ["nosuchprogram"]},
        TaskFailedError,
        rf"^image '{IMAGE}' has no program 'nosuchprogram': check its name.*\nPodman .* says: ",
    ),
    "no such program by path": (
        {"command": ["./no"], "cwd": "/work"},
        TaskFailedError,
        rf"^image '{IMAGE}' has no program './no'",
    ),
    "NUL in a variable": (
        {"command": "true", "env": {"A": "{x}"}, "inputs": {"x": "a\0b"}},
        InputError,
        "variable 'A' of container 'busybox' has a NUL character",
    ),
    "image not there": (
        {"image": "localhost/nope:1", "pull": "never"},
        TaskFailedError,
        "image 'localhost/nope:1' is not on this node, and pull=\"never\" forbids",
    ),
    "bad image": ({"image": "Up//er:::x"}, TaskFailedError, "image 'Up//er:::x' cannot be had"),
    "image not to be pulled": (
        {"image": "localhost:1/nope:1"},
        TaskFailedError,
        "image 'localhost:1/nope:1' cannot be had",
    ),
    "bad mount": (
        {"command": "true", "mounts": {"/does/not/exist": "/data"}},
        TaskFailedError,
        "'/does/not/exist', which is to be mounted at '/data', is not on the node",
    ),
    "no such network": (
        {"command": "true", "network": "nosuchnetwork"},
        TaskFailedError,
        "nosuchnetwork",
    ),
    "no such user": ({"command": "true", "user": "nobody-here"}, TaskFailedError, "nobody-here"),
    "output missing": (
        {"command": "touch /results/a", "outputs": {"log": "*.log"}},
        TaskFailedError,
        r"container 'busybox' did not leave '\*.log', its output 'log'; in its folder are: a$",
    ),
    "out of memory": (
        {
            "command": "echo start; tail /dev/zero; exit $?",
            "resources": {"cpu": 0.5, "cpu_mem": 64},
        },
        MemoryLimitError,
        r"(?s)out of memory: it used more than the 64 MB of its cpu_mem.*start",
    ),
}


@pytest.fixture(scope="module")
def address(
    container_engine: Engine,
    cluster_type: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    """Give the address of a cluster whose workers find the engine."""
    folder = tmp_path_factory.mktemp("cluster")
    cluster = cluster_type(folder, {"DOCKER_HOST": container_engine.url})
    try:
        cluster.add_worker("a")
        yield cluster.address
    finally:
        cluster.close()


@pytest.fixture
def workflow(address: str, container_engine: Engine) -> Iterator[Workflow]:
    with MaClient(address) as client:
        yield client.create_workflow()
    wait_for(container_engine, any_there=False, seconds=10)


def wait_for(engine: Engine, *, any_there: bool, seconds: float = 30) -> None:
    """Wait until a container runs, or none is left.

    The engine is asked by its API: a process of Podman for each look takes up the machine.
    """
    with contextlib.closing(engine.client()) as client:

        def is_so() -> bool:
            found = bool(client.api.containers(all=not any_there)) is any_there
            if not found:
                time.sleep(0.1)
            return found

        wait_until(is_so, seconds)


def ran(workflow: Workflow, **asked: Any) -> dict[str, Any]:
    workflow.add_container(**{"image": IMAGE, **asked})
    return workflow.find_run(workflow.run()).result("busybox")


def started(workflow: Workflow, engine: Engine, **asked: Any) -> Run:
    """Start a container, and wait until it runs."""
    workflow.add_container(IMAGE, **asked)
    run = workflow.find_run(workflow.run())
    wait_for(engine, any_there=True)
    return run


@pytest.mark.parametrize("case", CASES)
def test_cases(workflow, case):
    asked, is_right = CASES[case]
    got = ran(workflow, **asked)
    assert is_right(got), got


@pytest.mark.parametrize("fault", FAULTS)
def test_faults(workflow, fault):
    asked, error, text = FAULTS[fault]
    workflow.add_container(**{"image": IMAGE, "name": "busybox", **asked})
    run = workflow.find_run(workflow.run())
    with pytest.raises(error, match=text):
        run.result("busybox")


def test_outputs_are_files_in_results(workflow):
    got = ran(
        workflow,
        command="mkdir logs; echo x > model.bin; echo a > logs/1.txt; echo b > logs/2.txt",
        cwd="/results",
        outputs={"model": "/results/model.bin", "logs": "logs/*.txt"},
    )
    assert got["model"].read_text() == "x\n"
    assert [each.read_text() for each in got["logs"]] == ["a\n", "b\n"]


@pytest.mark.alone
def test_lines_are_seen_within_a_second_of_being_written(workflow):
    workflow.add_container(IMAGE, "for i in 1 2 3 4; do cut -d' ' -f1 /proc/uptime; sleep 1; done")
    late = []
    for message in workflow.get_results(workflow.run(), verbose=False):
        if message["type"] == "task_log":
            now = float(Path("/proc/uptime").read_text().split()[0])
            late += [now - float(line) for line in message["data"]["text"].split()]
    assert len(late) == 4
    assert max(late) < 1.0, late


@pytest.mark.alone
@pytest.mark.parametrize("command", ["sleep 100", "trap '' TERM; while true; do sleep 1; done"])
def test_cancel_ends_it_within_five_seconds(workflow, container_engine, command):
    run = started(workflow, container_engine, command=command)
    began = time.monotonic()
    run.cancel()
    with pytest.raises(TaskCancelledError):
        run.result("busybox")
    wait_until(lambda: not container_engine.containers(), 5 - (time.monotonic() - began))


def test_what_it_says_when_it_is_told_to_end_is_in_the_log(workflow, container_engine):
    run = started(
        workflow,
        container_engine,
        command="trap 'echo good bye; exit 0' TERM; echo hello; while true; do sleep 0.1; done",
    )
    wait_until(lambda: "hello" in _log(run))
    run.cancel()
    run.wait(20)
    (kept,) = Path(os.environ["MAZE_HOME"], "results", run.run_id).rglob("stdout.log")
    wait_until(lambda: "good bye" in kept.read_text(), 10)


def test_what_one_used_that_was_cancelled_is_in_the_log(workflow, container_engine):
    # So long that its engine has been asked what it uses.
    command = "x=$(dd if=/dev/zero bs=1M count=32 | tr '\\0' x); sleep 3; echo hello; sleep 100"
    run = started(workflow, container_engine, command=command)
    wait_until(lambda: "hello" in _log(run))
    run.cancel()
    run.wait(20)
    (kept,) = Path(os.environ["MAZE_HOME"], "results", run.run_id).rglob("stdout.log")
    told = r"\[the container was stopped; it used at most \d+ MB of memory and \d+\.\d s of "
    wait_until(lambda: re.search(told, kept.read_text()), 10)


def test_two_at_once(workflow, tmp_path):
    for name in ("a", "b"):
        workflow.add_container(
            IMAGE,
            f"touch /shared/{name}; while [ ! -e /shared/$OTHER ]; do sleep 0.1; done",
            name=name,
            env={"OTHER": "b" if name == "a" else "a"},
            mounts={str(tmp_path): "/shared"},
            resources={"cpu": 0.1},
            timeout=60,
        )
    run = workflow.find_run(workflow.run())
    run.wait(60)
    assert str(run.status) == "succeeded"


def test_usage_is_that_of_the_container(workflow):
    workflow.add_container(
        IMAGE, "x=$(head -c 30000000 /dev/zero | tr '\\0' x); i=0; "
        "while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 1.5; echo ${#x}"
    )  # fmt: skip
    messages = list(workflow.get_results(workflow.run(), verbose=False))
    (finished,) = (each for each in messages if each["type"] == "finish_task")
    usage = finished["data"]["usage"]
    assert 28 < usage["memory"] < 200
    assert usage["cpu"] > 0.05


def test_usage_of_one_that_took_too_long_is_told(workflow):
    workflow.add_container(
        IMAGE,
        # It has all its memory at once, and keeps it, as nobody reads what it writes.
        "dd if=/dev/zero bs=32M count=2"
        " | (i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 100)",
        timeout=5,
    )
    run = workflow.find_run(workflow.run())
    with pytest.raises(TaskTimeoutError, match="longer than its timeout of 5 s"):
        run.result("busybox")
    (failed,) = [each for each in run.messages() if each["type"] == "task_exception"]
    assert 28 < failed["data"]["usage"]["memory"] < 200
    assert failed["data"]["usage"]["cpu"] > 0.05


def test_a_process_killed_leaves_no_container(workflow, container_engine):
    run = started(workflow, container_engine, command="sleep 100", retries=0)
    (owner,) = _label(container_engine, "maze-nb.owner")
    os.kill(int(owner.split("/")[1]), signal.SIGKILL)
    first = container_engine.containers()
    wait_until(lambda: not set(first) & set(container_engine.containers()), 10)
    run.cancel()
    run.wait(20)


def test_a_worker_killed_leaves_no_container(container_engine, cluster_type, tmp_path):
    cluster = cluster_type(tmp_path, {"DOCKER_HOST": container_engine.url})
    try:
        cluster.add_worker("b")
        with MaClient(cluster.address) as client:
            started(client.create_workflow(), container_engine, command="sleep 100")
            cluster.kill()
            wait_for(container_engine, any_there=False, seconds=15)
    finally:
        cluster.close()


def test_what_a_process_left_is_removed_by_the_next(workflow, container_engine):
    mine = psutil.Process()
    client = container_engine.client()
    try:
        ran(workflow, command="true")
        started_ = started(workflow, container_engine, command="sleep 1", name="whose")
        machine = _label(container_engine, "maze-nb.owner")[0].partition("/")[0]
        started_.wait(30)
        gone = f"{machine}/{mine.pid}/{mine.create_time() - 5:.2f}"
        here = f"{machine}/{mine.pid}/{mine.create_time():.2f}"
        elsewhere = f"another:4026531836/{mine.pid}/1.00"
        made = {
            each: client.api.create_container(IMAGE, ["true"], labels={"maze-nb.owner": each})["Id"]
            for each in (gone, here, elsewhere)
        }
        workflow.add_container(IMAGE, "true", name="next")
        workflow.find_run(workflow.run()).wait(60)
        left = {each["Id"] for each in client.api.containers(all=True)}
        assert left == {made[here], made[elsewhere]}
    finally:
        with contextlib.suppress(NameError):
            for each in (made[here], made[elsewhere]):
                client.api.remove_container(each, force=True)
        client.close()


def test_an_engine_that_is_stopped_is_one_error_and_its_container_goes_when_it_is_back(
    container_engine, cluster_type, tmp_path
):
    second = replace(container_engine, name="second.sock", process=None)
    second.start()
    cluster = cluster_type(tmp_path, {"DOCKER_HOST": second.url})
    try:
        cluster.add_worker("c")
        with MaClient(cluster.address) as client:
            run = started(client.create_workflow(), second, command="sleep 100")
            second.stop()
            with pytest.raises(TaskFailedError, match=r"stopped answering .*: see why it ended"):
                run.result("busybox")
            assert second.containers()
            second.start()
            wait_until(lambda: not second.containers(), 20)
    finally:
        cluster.close()
        second.stop()


CDI = """
cdiVersion: "0.5.0"
kind: "nvidia.com/gpu"
devices:
- name: "0"
  containerEdits: {env: ["DEVICE_0=here"]}
- name: "1"
  containerEdits: {env: ["DEVICE_1=here"]}
"""


def test_a_container_is_given_the_devices_of_its_task_and_no_others(
    container_engine, cluster_type, tmp_path
):
    place = Path("/etc/cdi")
    if os.geteuid() != 0 or (place.exists() and any(place.iterdir())):
        pytest.skip("writes a specification of devices to /etc/cdi, where there must be none yet")
    was_there = place.exists()
    place.mkdir(exist_ok=True)
    (place / "maze-test.yaml").write_text(CDI)
    cluster = cluster_type(tmp_path, {"DOCKER_HOST": container_engine.url})
    try:
        cluster.add_worker("g", "--resources", "GPU=2 VRAM=2000")
        with MaClient(cluster.address) as client:
            workflow = client.create_workflow()
            command = "env | grep -E '^(DEVICE|NVIDIA)' | sort; id -u; touch /tmp/x; ! touch /x"
            task = workflow.add_container(
                IMAGE,
                command,
                name="gpu",
                resources={"cpu": 0.5, "gpu": 1, "gpu_mem": 100, "cpu_mem": 64},
                read_only=True,
                network=False,
                user="1234",
            )
            got = workflow.find_run(workflow.run()).result(task)["stdout"].splitlines()
            assert got[1:] == [f"NVIDIA_VISIBLE_DEVICES={got[0][7]}", "1234"]
            assert got[0] in ("DEVICE_0=here", "DEVICE_1=here")
    finally:
        cluster.close()
        (place / "maze-test.yaml").unlink()
        if not was_there:
            place.rmdir()


def _label(engine: Engine, name: str) -> list[str]:
    shown = engine.podman("ps", "--all", "--format", f'{{{{index .Labels "{name}"}}}}')
    return shown.split()


def _log(run: Run) -> str:
    return "".join(each["data"]["text"] for each in run.log.read() if each["type"] == "task_log")
