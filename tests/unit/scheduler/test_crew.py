"""What is known of workers: what they offer, how they ended."""

from __future__ import annotations

import time

import pytest

from maze_nb.model.node import Device
from maze_nb.scheduler.crew import Crew
from maze_nb.wire.submission import WorkerHello

GPUS = (Device(0, 16000, uuid="GPU-a"), Device(1, 16000, uuid="GPU-b"))


def _hello(worker: str, node: str, devices: tuple[Device, ...] = (), **more) -> WorkerHello:
    return WorkerHello(f"tcp://{worker}", "1", node, 4, 1000, devices, **more)


@pytest.mark.parametrize(
    ("second", "offered"),
    [
        (_hello("2", "b", GPUS), ()),
        (_hello("2", "b", (*GPUS, Device(2, 16000, uuid="GPU-c"))), (2,)),
        (_hello("2", "a", GPUS), (0, 1)),
        (_hello("2", "b", GPUS[:1], declared={"GPU": 1}), (0,)),
        (_hello("2", "b", (Device(0, 16000),)), (0,)),
    ],
)
def test_a_probed_device_is_offered_once(second, offered) -> None:
    crew = Crew()
    crew.join(_hello("1", "a", GPUS), "h", 1)
    slot = crew.join(second, "h", 1)
    assert slot is not None
    assert tuple(device.index for device in slot.capacity.devices) == offered
    remark = crew.members[second.worker].remark
    assert bool(remark) == (len(offered) < len(second.devices))
    assert not remark or "GPUs 0, 1 are offered by node a already" in remark


def test_a_device_is_offered_again_once_its_node_is_gone() -> None:
    crew = Crew()
    crew.join(_hello("1", "a", GPUS), "h", 1)
    crew.leave("tcp://1")
    slot = crew.join(_hello("2", "b", GPUS), "h", 1)
    assert slot is not None
    assert slot.capacity.devices == GPUS


@pytest.mark.parametrize(
    ("seconds_left", "told", "expected"),
    [
        (None, "", "worker tcp://1 of node a was lost"),
        (None, "signal SIGKILL", "worker tcp://1 of node a was lost: signal SIGKILL"),
        (5, "", "worker tcp://1 of node a was lost as its walltime was up"),
        (5000, "", "worker tcp://1 of node a was lost"),
    ],
)
def test_how_a_worker_ended_is_known(seconds_left, told, expected) -> None:
    crew = Crew()
    ends = None if seconds_left is None else time.time() + seconds_left
    crew.join(_hello("1", "a", ends=ends), "h", 1, nanny="nanny")
    crew.leave("tcp://1")
    if told:
        crew.exited("nanny", told)
    assert crew.end_of("tcp://1") == expected


def test_what_a_nanny_says_may_come_first() -> None:
    crew = Crew()
    crew.join(_hello("1", "a"), "h", 1, nanny="nanny")
    crew.exited("nanny", "signal SIGKILL")
    crew.leave("tcp://1")
    assert crew.end_of("tcp://1") == "worker tcp://1 of node a was lost: signal SIGKILL"


def test_each_end_is_told_of_the_worker_that_was_last() -> None:
    crew = Crew()
    for worker, how in (("1", "exit code 1"), ("2", "signal SIGKILL")):
        crew.join(_hello(worker, "a"), "h", 1, nanny="nanny")
        crew.leave(f"tcp://{worker}")
        assert not crew.is_end_known(f"tcp://{worker}")
        crew.exited("nanny", how)
    # Another that ended before it had joined.
    crew.exited("nanny", "exit code 3")
    ends = [crew.end_of(f"tcp://{worker}").partition(": ")[2] for worker in "12"]
    assert ends == ["exit code 1", "signal SIGKILL"]


def test_nobody_tells_how_a_worker_without_a_nanny_ended() -> None:
    crew = Crew()
    crew.join(_hello("1", "a"), "h", 1)
    crew.leave("tcp://1")
    assert crew.is_end_known("tcp://1")
    assert crew.end_of("tcp://1") == "worker tcp://1 of node a was lost"
