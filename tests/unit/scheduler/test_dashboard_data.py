"""What the cluster plots show, how often it is looked at, and what a look costs."""

from __future__ import annotations

import time

import pytest

from maze_nb.engine.demand import demand_of
from maze_nb.engine.events import Order, SlotJoined, TaskReady
from maze_nb.engine.placement import Placement
from maze_nb.model.node import Device
from maze_nb.model.resources import Resources
from maze_nb.scheduler import dashboard_data
from maze_nb.scheduler.crew import Crew
from maze_nb.scheduler.dashboard_data import BARS_SHOWN, Board
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.nodes import NodeList
from maze_nb.wire.submission import DeviceLoad, Heartbeat, WorkerHello

GPU = Device(0, 16000, name="H200")


def _board(nodes: int = 1, slots: int = 1, devices: tuple[Device, ...] = (GPU,)) -> Board:
    engine, crew = Placement(), Crew()
    for node in range(nodes):
        for slot in range(slots):
            worker = f"tcp://{node}.{slot}"
            hello = WorkerHello(worker, "1", f"n{node:04}", 4, 8000, devices)
            joined = crew.join(hello, "host", 1)
            assert joined is not None
            engine.handle(SlotJoined(joined), 0)
    return Board(NodeList(crew, engine.fleet), engine, LiveRuns({}))


def _queue(board: Board, *asked: tuple[str, Resources]) -> None:
    for key, resources in asked:
        board.engine.handle(TaskReady(key, demand_of(resources), Order()), 0)
    board.engine.decide(0)


def test_bars_tell_what_is_reserved_and_what_is_used() -> None:
    board = _board()
    _queue(board, ("a", Resources(1, 2000, 0.5, 4000)), ("b", Resources(8, 0, 0, 0)))
    load = DeviceLoad(0, 8000, 0, 0.75)
    board.nodes.crew.beat(
        Heartbeat("tcp://0.0", cpu=0.5, memory=6000, process_memory=100, tasks=1, devices=(load,))
    )
    seen = board.look()
    told = {
        name: [(bar.name, bar.reserved, bar.used) for bar in bars.bars]
        for name, bars in (
            ("CPU", seen.cpu), ("memory", seen.memory), ("GPU", seen.gpu), ("VRAM", seen.vram)
        )
    }  # fmt: skip
    assert told == {
        "CPU": [("n0000", 0.25, 0.5)],
        "memory": [("n0000", 0.25, 0.75)],
        "GPU": [("n0000 · GPU 0", 0.5, 0.75)],
        "VRAM": [("n0000 · GPU 0", 0.25, 0.5)],
    }
    assert seen.use == {"CPU": 0.5, "memory": 0.75, "GPU": 0.75, "VRAM": 0.5}
    assert seen.queue == {"CPU": 1}


@pytest.mark.parametrize("devices", [(), (Device(0, 0),)])
def test_what_is_not_there_or_not_known_has_no_bar(devices) -> None:
    seen = _board(devices=devices).look()
    assert (len(seen.cpu.bars), len(seen.gpu.bars), seen.vram.bars) == (1, len(devices), ())
    assert seen.use["VRAM"] is None
    assert seen.cpu.bars[0].used is None


def test_many_who_watch_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    board = _board()
    assert board.looked == 0
    first = board.look()
    assert all(board.look() is first for _ in range(100))
    assert board.looked == len(board.history) == 1
    monkeypatch.setattr(board, "_due", 0.0)
    assert board.look() is not first
    assert board.looked == 2


def test_a_time_without_a_viewer_is_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    board = _board()
    board.look()
    monkeypatch.setattr(board, "_due", 0.0)
    now = time.time()
    monkeypatch.setattr(dashboard_data.time, "time", lambda: now + 60)
    board.look()
    assert [reading is None for reading in board.history] == [False, True, False]


@pytest.mark.alone
def test_a_look_at_a_large_cluster_is_bounded() -> None:
    board = _board(nodes=1000, slots=4)
    # Each of them asks for something else, so that each has a queue of its own.
    _queue(board, *((f"t{at}", Resources(1 + at % 9000 / 1000, 0, 0, 0)) for at in range(10_000)))
    began = time.perf_counter()
    seen = board.look()
    took = time.perf_counter() - began
    assert len(seen.cpu.bars) == len(seen.gpu.bars) == BARS_SHOWN
    assert seen.cpu.total == 1000
    waiting = len(board.engine.queue.waiting)
    assert waiting > 5000
    told = seen.queue
    assert sum(told.values()) - told.get("what runs there", 0) == waiting
    assert told["other"] > 0
    assert took < 1.0
    # So long is the rest after it that looking takes a twentieth of the time at most.
    assert board._due - time.perf_counter() > 10 * took
