"""What waits for a slow view is bounded, and he who catches up knows all in the end."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable

import pytest

from maze_nb.server import outbox
from maze_nb.server.outbox import Outbox

Told = list[dict[str, object]]


def delta(run_id: str, seq: int, size: int = 10_000) -> dict[str, object]:
    return {"kind": "delta", "run_id": run_id, "last_seq": seq, "messages": "x" * size}


class Other:
    """The other side, which takes messages once it is let."""

    def __init__(self) -> None:
        self.told: Told = []
        self.caught_up: list[str] = []
        self.may_take = asyncio.Event()

    async def take(self, data: bytes) -> None:
        await self.may_take.wait()
        self.told.append(json.loads(data))

    async def catch_up(self, run_id: str) -> None:
        self.caught_up.append(run_id)


def tried(
    scenario: Callable[[Other, Outbox], Awaitable[None]], *, ends_itself: bool = False
) -> tuple[Other, str]:
    """Return the other side, and why the outbox ended."""

    async def play() -> tuple[Other, str]:
        other = Other()
        box = Outbox(other.take, other.catch_up)
        running = asyncio.create_task(box.run())
        await asyncio.wait_for(scenario(other, box), 20)
        if not ends_itself:
            box.close()
        return other, await asyncio.wait_for(running, 20)

    return asyncio.run(play())


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - another thread makes it come true
        await asyncio.sleep(0.001)


def test_all_is_told_in_order_from_any_thread():
    async def scenario(other: Other, box: Outbox) -> None:
        other.may_take.set()
        puts = [delta("a", seq) for seq in range(200)]
        thread = threading.Thread(target=lambda: [box.put(each) for each in puts])
        thread.start()
        await until(lambda: len(other.told) == 200)
        thread.join()

    other, reason = tried(scenario)
    assert [each["last_seq"] for each in other.told] == list(range(200))
    assert (other.caught_up, reason) == ([], "")


def test_changes_are_left_out_for_who_is_behind_and_he_is_told_the_state_later():
    async def scenario(other: Other, box: Outbox) -> None:
        for seq in range(2000):
            box.put(delta("ab"[seq % 2], seq))
            box.put({"kind": "pulse", "run_id": "c"})
        assert box.nbytes < outbox.BEHIND_BYTES + 20_000
        # An answer is never left out: somebody waits for it.
        box.put({"kind": "answer", "ask_id": "q", "error": "", "value": {}})
        waiting = asyncio.create_task(box.has_room())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not waiting.done()
        other.may_take.set()
        await until(lambda: len(other.caught_up) == 2)
        await waiting

    other, _ = tried(scenario)
    assert sorted(other.caught_up) == ["a", "b"]
    assert len([each for each in other.told if each["kind"] == "delta"]) < 500
    assert other.told[-1]["kind"] == "answer"


def test_who_takes_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "STALL_SECONDS", 0.05)

    async def scenario(_other: Other, box: Outbox) -> None:
        box.put(delta("a", 1))

    assert "nothing was taken" in tried(scenario, ends_itself=True)[1]


def test_who_has_too_much_before_him_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "MOST_BYTES", 1 << 20)

    async def scenario(other: Other, box: Outbox) -> None:
        for seq in range(300):
            box.put({"kind": "snapshot", "run_id": "a", "seq": seq, "tasks": "x" * 10_000})
        other.may_take.set()

    assert "too much waits" in tried(scenario, ends_itself=True)[1]


def test_values_that_are_no_json_do_not_stop_it():
    async def scenario(other: Other, box: Outbox) -> None:
        other.may_take.set()
        box.put({"kind": "delta", "rows": [float("nan"), 1j, float("inf")]})
        await until(lambda: other.told)

    other, _ = tried(scenario)
    assert other.told[0]["rows"] == [None, "1j", None]


def test_after_the_end_nothing_is_taken_in():
    async def scenario(other: Other, box: Outbox) -> None:
        box.close()
        box.put(delta("a", 1))
        assert box.nbytes == 0

    other, reason = tried(scenario)
    assert (other.told, reason) == ([], "")
