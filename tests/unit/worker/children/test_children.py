"""Warm child processes: which are taken, kept and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import dask.config
import psutil
import pytest

from maze_nb.errors import ChildLostError
from maze_nb.worker import held
from tests.waiting import wait_until


def own_pid() -> int:
    return os.getpid()


def is_there(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


KINDS = [
    ({"module": "m"}, {"module": "m"}, True),
    ({"module": "m"}, {"module": "n"}, False),
    ({"gpu_ids": (0,), "module": "m"}, {"gpu_ids": (0,), "module": "m"}, True),
    ({"gpu_ids": (0,), "module": "m"}, {"gpu_ids": (1,), "module": "m"}, False),
    ({"gpu_ids": (0,), "module": "m"}, {"gpu_ids": (0, 1), "module": "m"}, False),
    ({"gpu_ids": (0,), "module": "m"}, {"module": "m"}, False),
]


@pytest.mark.parametrize(("first", "second", "is_same"), KINDS)
def test_the_next_task_of_the_same_kind_gets_the_same_process(desk, first, second, is_same):
    assert (desk.call(own_pid, **first) == desk.call(own_pid, **second)) is is_same


@pytest.fixture
def device_file(tmp_path, monkeypatch) -> Path:
    """Give a file that counts as that of a device."""
    path = tmp_path / "device0"
    path.touch()
    monkeypatch.setattr(held, "DEVICE_FILES", (str(path),))
    return path


def holding(path: Path) -> Callable[[], int]:
    """Return a function that keeps a file open in its process."""

    def hold() -> int:
        sys.held = open(path)  # noqa: SIM115 - it is to stay open
        return os.getpid()

    return hold


@pytest.mark.parametrize(
    ("warm", "taken", "survives"),
    [
        ({"gpu_ids": (0,)}, {"gpu_ids": (0,), "module": "n"}, False),
        ({"gpu_ids": (0, 1)}, {"gpu_ids": (1, 2)}, False),
        ({"gpu_ids": (0,)}, {"gpu_ids": (1,)}, True),
        ({"gpu_ids": (0,)}, {}, True),
        ({}, {"gpu_ids": (0,)}, True),
    ],
)
def test_devices_are_free_when_another_task_takes_them(desk, device_file, warm, taken, survives):
    pid = desk.call(holding(device_file), **warm)
    desk.call(own_pid, **taken)
    assert is_there(pid) is survives


def test_a_process_that_never_used_its_devices_stays(desk, device_file):
    pid = desk.call(own_pid, gpu_ids=(0,), module="m")
    desk.call(own_pid, gpu_ids=(0, 1), module="m")
    assert desk.call(own_pid, gpu_ids=(0,), module="m") == pid


@pytest.mark.parametrize("is_alone", [True, False])
def test_a_task_alone_on_its_devices_has_all_their_memory(desk, device_file, tmp_path, is_alone):
    go = tmp_path / "go"

    def hold_long() -> int:
        pid = holding(device_file)()
        while not go.exists():
            time.sleep(0.01)
        return pid

    found: list[int] = []
    kind = {"gpu_ids": (0,), "module": "m"}
    threads = [
        threading.Thread(target=lambda: found.append(desk.call(hold_long, **kind)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(desk.children.pids) == 3)
    go.touch()
    for thread in threads:
        thread.join()
    used = desk.call(own_pid, **kind, is_alone=is_alone)
    assert used in found
    assert [pid for pid in found if is_there(pid)] == ([used] if is_alone else found)


def test_what_a_task_left_behind_holds_its_devices_too(desk, device_file):
    def leave() -> int:
        with open(device_file) as file:
            subprocess.Popen(["sleep", "60"], pass_fds=[file.fileno()])
        return os.getpid()

    pid = desk.call(leave, gpu_ids=(0,), module="m")
    desk.call(own_pid, gpu_ids=(0,), module="n")
    assert not is_there(pid)


def test_a_task_waits_for_the_end_of_what_holds_its_devices(desk, device_file):
    """Also when something else had it ended."""

    def lingers() -> int:
        import atexit

        atexit.register(time.sleep, 0.3)
        return holding(device_file)()

    pid = desk.call(lingers, gpu_ids=(0,), module="m")
    desk.children.yield_devices((0,))
    desk.call(own_pid, gpu_ids=(0,), module="n")
    assert not is_there(pid)


def test_devices_are_yielded_to_another_worker(desk, device_file):
    hold = holding(device_file)
    one, other = desk.call(hold, gpu_ids=(0,)), desk.call(hold, gpu_ids=(1,))
    desk.children.yield_devices([0])
    wait_until(lambda: not is_there(one))
    assert desk.call(own_pid, gpu_ids=(1,)) == other


def test_the_longest_idle_ones_are_ended_when_there_are_too_many(desk):
    with dask.config.set({"maze.warm-children": 2}):
        pids = {name: desk.call(own_pid, module=name) for name in ("a", "b")}
        assert desk.call(own_pid, module="a") == pids["a"]
        desk.call(own_pid, module="c")
        wait_until(lambda: not is_there(pids["b"]))
        assert desk.call(own_pid, module="a") == pids["a"]


@pytest.mark.parametrize(
    "settings", [{"maze.warm-children": 0}, {"maze.warm-time": 0}, {"maze.warm-time": "200ms"}]
)
def test_none_is_kept_longer_than_wanted(desk, settings):
    with dask.config.set(settings):
        pid = desk.call(own_pid)
        wait_until(lambda: not is_there(pid))
        wait_until(lambda: desk.children.pids == [])


def test_one_that_died_while_it_was_idle_is_replaced(desk):
    pid = desk.call(own_pid)
    (child,) = desk.children._idle
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not child.is_alive())
    assert desk.call(own_pid) != pid


def test_tasks_at_the_same_time_have_processes_of_their_own(desk):
    found: list[int] = []

    def slow_pid() -> int:
        time.sleep(0.3)
        return os.getpid()

    threads = [threading.Thread(target=lambda: found.append(desk.call(slow_pid))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(found)) == 3


def test_closing_ends_what_is_idle_and_what_is_busy(desk):
    idle = desk.call(own_pid, module="idle")
    isolated, code = desk.prepare(lambda: time.sleep(600), module="busy")
    caught: list[BaseException] = []

    def run() -> None:
        try:
            isolated.run(code, b"", ())
        except ChildLostError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: len(desk.children.pids) == 2)
    pids = desk.children.pids
    desk.children.close(10)
    thread.join(10)
    assert idle in pids
    assert not any(map(is_there, pids))
    assert len(caught) == 1
    with pytest.raises(ChildLostError, match="closing"):
        desk.call(own_pid)


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("#!/bin/sh\nexit 7\n", "did not start: it ended with exit code 7"),
        ("#!/bin/sh\nkill -9 $$\n", "did not start: it ended with signal SIGKILL"),
        ("#!/bin/sh\nexec sleep 60\n", "did not start within 1 s, the setting maze.start-timeout"),
        (None, "could not be started: .*No such file"),
    ],
)
def test_a_process_that_does_not_start_is_told_of(desk, tmp_path, monkeypatch, program, text):
    python = tmp_path / "python"
    if program is not None:
        python.write_text(program)
        python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with dask.config.set({"maze.start-timeout": "1s"}), pytest.raises(ChildLostError, match=text):
        desk.call(own_pid)
    assert desk.children.pids == []
