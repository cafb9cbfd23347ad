"""Which nodes are set aside, and when they are tried again."""

from __future__ import annotations

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import Fate, Order, PlaceTask, SlotJoined, TaskEnded, TaskReady
from maze_nb.engine.health import FIRST_SECONDS, Health
from maze_nb.engine.placement import Placement
from maze_nb.model.ids import NodeId, SlotId
from maze_nb.model.node import Capacity, Slot
from maze_nb.model.resources import Resources

BAD, GOOD = NodeId("bad"), NodeId("good")


def test_a_node_on_which_what_works_elsewhere_fails_is_set_aside() -> None:
    health = Health()
    for number in range(5):
        health.observe(GOOD, f"g{number}", "work", Fate.DONE, 0.0)
    opened = [health.observe(BAD, f"b{n}", "work", Fate.FAILED, 0.0) for n in range(3)]
    assert opened == [False, False, True]
    assert health.is_aside(BAD)
    assert health.until(BAD) == FIRST_SECONDS


def test_what_fails_everywhere_is_no_nodes_fault() -> None:
    health = Health()
    for number in range(50):
        health.observe(BAD, f"b{number}", "wrong", Fate.FAILED, 0.0)
        health.observe(GOOD, f"g{number}", "wrong", Fate.FAILED, 0.0)
    assert not health.is_aside(BAD)
    assert not health.is_aside(GOOD)


def test_what_often_fails_elsewhere_too_is_no_nodes_fault() -> None:
    health = Health()
    for number in range(20):
        health.observe(GOOD, f"g{number}", "flaky", Fate.DONE if number % 3 else Fate.FAILED, 0.0)
    for number in range(3):
        health.observe(BAD, f"b{number}", "flaky", Fate.FAILED, 0.0)
    assert not health.is_aside(BAD)


def test_one_task_that_fails_again_and_again_is_no_nodes_fault() -> None:
    health = Health()
    for number in range(9):
        health.observe(GOOD, f"g{number}", "work", Fate.DONE, 0.0)
    for _ in range(9):
        health.observe(BAD, "always the same", "work", Fate.FAILED, 0.0)
    assert not health.is_aside(BAD)


def test_a_node_that_cannot_run_anything_is_set_aside_without_a_comparison() -> None:
    health = Health()
    for number in range(3):
        health.observe(BAD, f"b{number}", "work", Fate.BROKEN, 0.0)
    assert health.is_aside(BAD)


def test_the_time_aside_doubles_until_a_task_succeeds() -> None:
    health = Health()
    now, seconds = 0.0, []
    for number in range(3):
        health.observe(BAD, f"b{number}", "work", Fate.BROKEN, now)
    for number in range(3):
        seconds.append(health.until(BAD) - now)
        now = health.until(BAD)
        assert health.try_again(now - 0.1) == []
        assert health.try_again(now) == [BAD]
        assert health.is_on_trial(BAD)
        health.observe(BAD, f"trial {number}", "work", Fate.BROKEN, now)
    assert seconds == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]
    now = health.until(BAD)
    health.try_again(now)
    assert health.observe(BAD, "well", "work", Fate.DONE, now)
    assert not health.is_on_trial(BAD)
    assert not health.is_aside(BAD)


def test_a_node_on_trial_gets_one_task_and_then_all() -> None:
    made = Placement()
    made.handle(SlotJoined(Slot(SlotId("s"), BAD, 4, Capacity(4, 1000))), 0.0)
    for number in range(3):
        made.fleet.health.observe(BAD, number, "work", Fate.BROKEN, 0.0)
    made.fleet.changed(BAD)
    for number in range(4):
        ready = TaskReady(f"t{number}", demand_of(Resources()), Order(position=(number,)), "work")
        made.handle(ready, 0.0)
    assert made.review(1.0)
    assert not made.fleet.place_of
    assert "set aside" in (made.explain("t0", 1.0) or "")
    placed = [i for i in made.review(FIRST_SECONDS) if isinstance(i, PlaceTask)]
    assert [i.key for i in placed] == ["t0"]
    made.handle(TaskEnded("t0", 1.0, Fate.DONE), FIRST_SECONDS + 1)
    placed = [i for i in made.decide(FIRST_SECONDS + 1) if isinstance(i, PlaceTask)]
    assert [i.key for i in placed] == ["t1", "t2", "t3"]
