"""What other programs take of GPU memory, told apart by real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from maze_nb.model.node import NODE_ID_VARIABLE, Device
from maze_nb.worker.foreign import CHILD_OF, ForeignMemory
from maze_nb.worker.nvml import DeviceUse


def _sleeper(**environment: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


@pytest.fixture(scope="module")
def pids() -> Iterator[dict[str, int]]:
    """Give the ids of processes of this node, of another node, and of no node."""
    processes = {
        "child": _sleeper(**{CHILD_OF: "a"}),
        "sibling": _sleeper(**{NODE_ID_VARIABLE: "a"}),
        "neighbour": _sleeper(**{CHILD_OF: "ab", NODE_ID_VARIABLE: "b"}),
        "stranger": _sleeper(),
    }
    yield {"own": os.getpid(), "gone": 2**30, **{n: p.pid for n, p in processes.items()}}
    for process in processes.values():
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("offered", "used", "held", "expected"),
    [
        (16000, 0, {}, 0),
        (16000, 500, {}, 500),
        (16000, 3500, {"own": 1000, "child": 1000, "sibling": 1000}, 500),
        (16000, 3000, {"child": 1000, "stranger": 2000}, 2000),
        (16000, 3000, {"child": 1000, "neighbour": 2000}, 2000),
        (16000, 3000, {"child": 1000, "gone": 2000}, 2000),
        (12000, 3000, {"stranger": 3000}, 0),
        (12000, 5000, {"stranger": 5000}, 1000),
        (0, 5000, {"stranger": 5000}, 5000),
    ],
)
def test_what_is_not_ours_is_taken_of_what_is_offered(pids, offered, used, held, expected) -> None:
    foreign = ForeignMemory("a", (Device(0, offered),), knows_pids=True)
    use = DeviceUse(16000, used, None, {pids[who]: amount for who, amount in held.items()})
    assert foreign({0: use, 1: use}) == {0: expected}


def test_without_process_ids_it_is_the_least_that_was_in_use() -> None:
    foreign = ForeignMemory("a", (Device(0, 16000),), knows_pids=False)
    seen = [foreign({0: DeviceUse(16000, used, None, {})})[0] for used in (900, 700, 5000, 800)]
    assert seen == [900, 700, 700, 700]


def test_a_declared_device_that_is_not_there_is_not_told_of() -> None:
    assert ForeignMemory("a", (Device(0, 16000),))({}) == {}
