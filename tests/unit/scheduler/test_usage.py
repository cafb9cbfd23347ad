"""How often the use of nodes is written down, and of which nodes; and the numbers of slots."""

from __future__ import annotations

import pytest

from maze_nb.engine.fleet import Fleet
from maze_nb.model.node import DeviceUse
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.usage import FIRST_SECONDS, LONGEST_SECONDS, node_uses, pause_at
from maze_nb.wire.submission import DeviceLoad, Heartbeat, WorkerHello


def samples_in(seconds: float) -> int:
    age, count = FIRST_SECONDS, 0
    while age < seconds:
        count += 1
        age += pause_at(age)
    return count


@pytest.mark.parametrize(
    ("seconds", "most"), [(2, 0), (10, 4), (100, 50), (3_600, 250), (86_400, 1_650)]
)
def test_the_longer_a_run_lasts_the_more_seldom_it_is_sampled(seconds, most):
    assert samples_in(seconds) <= most
    assert pause_at(seconds) <= LONGEST_SECONDS


@pytest.fixture
def crew() -> Crew:
    crew = Crew()
    for worker in ("w0", "w1", "w2"):
        crew.join(WorkerHello(worker, "3.0", node_id="node-a", cores=4, memory=8192), "10.0.0.1", 1)
    return crew


def test_slots_have_the_lowest_numbers_that_are_free(crew):
    assert [crew.number_of(worker) for worker in ("w0", "w1", "w2", "w9")] == [0, 1, 2, None]
    crew.leave("w1")
    crew.join(WorkerHello("w3", "3.0", node_id="node-a", cores=4, memory=8192), "10.0.0.1", 1)
    crew.join(WorkerHello("w4", "3.0", node_id="node-a", cores=4, memory=8192), "10.0.0.1", 1)
    crew.join(WorkerHello("w5", "3.0", node_id="node-b", cores=4, memory=8192), "10.0.0.2", 1)
    crew.join(WorkerHello("w2", "3.0", node_id="node-a", cores=4, memory=8192), "10.0.0.1", 1)
    assert [crew.number_of(worker) for worker in ("w3", "w4", "w5", "w2")] == [1, 3, 0, 2]


def test_a_sample_has_the_newest_heartbeat_of_each_node_that_is_in_service():
    crew, fleet = Crew(), Fleet()
    for worker, node in (("w0", "node-a"), ("w1", "node-a"), ("w2", "node-b"), ("w3", "node-c")):
        slot = crew.join(
            WorkerHello(worker, "3.0", node_id=node, cores=4, memory=8192), "10.0.0.1", 1
        )
        assert slot is not None
        if node != "node-c":
            fleet.join(slot)
    crew.beat(Heartbeat("w0", 0.25, 1000, 10, 1))
    crew.beat(Heartbeat("w1", 0.5, 2000.04, 10, 1, (DeviceLoad(0, 300, 0, 0.75),)))
    crew.beat(Heartbeat("w3", 0.9, 1000, 10, 1))

    [use] = node_uses(crew, fleet)

    assert (use.node_id, use.cpu, use.memory, use.total) == ("node-a", 0.5, 2000.0, 8192)
    assert use.devices == (DeviceUse(0, 0.75, 300, 0.0),)
