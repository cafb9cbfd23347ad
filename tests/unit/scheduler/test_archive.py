"""Reading from the run store what is told of a few tasks among many."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from maze_nb.model.events import (
    Event,
    EventBody,
    RootCause,
    RunFinished,
    RunStarted,
    TaskFinished,
    TaskLog,
    TaskSkipped,
    TaskStarted,
)
from maze_nb.model.graph import Graph
from maze_nb.scheduler import archive as module
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.live_runs import LiveRuns
from maze_nb.scheduler.writer import StoreWriter
from maze_nb.store.memory import MemoryRunStore
from maze_nb.store.protocol import Entry, StoredRun
from maze_nb.wire.event_bytes import encode_event

MAP = "0f" * 16
OTHER = "a1" * 16
ITEMS = 10_000
"""More than are read at once."""


def facts() -> Iterator[EventBody]:
    yield RunStarted("run", "flow", "a map", Graph("flow", "a map"))
    for n in range(ITEMS):
        who = ("run", "flow", f"{MAP}.{n}", f"m[{n}]", 1)
        yield TaskStarted(*who, "host", "node", "worker", ())
        yield TaskLog(*who, "stdout", f"{OTHER} and {MAP} in a text\n")
        yield TaskFinished(*who, "node", "worker", (), 0.1, ())
        if n == 17:
            yield TaskLog("run", "flow", OTHER, "other", 1, "stdout", "said\n")
    yield TaskFinished("run", "flow", MAP, "m", 1, "", "", (), 1.0, ())
    yield TaskSkipped("run", "flow", "b2" * 16, "last", 1, "…", RootCause(OTHER, "other"))
    yield RunFinished("run", "flow", "failed", True, 1.0)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({MAP}, [(MAP, "TaskFinished")]),
        ({OTHER}, [(OTHER, "TaskLog")]),
        ({MAP, OTHER}, [(OTHER, "TaskLog"), (MAP, "TaskFinished")]),
        ({f"{MAP}.17"}, [(f"{MAP}.17", f"Task{how}") for how in ("Started", "Log", "Finished")]),
        ({"nobody", MAP[:-1]}, []),
        (set(), []),
    ],
)  # fmt: skip
def test_only_what_is_told_of_the_named_tasks_is_decoded(monkeypatch, wanted, expected):
    decoded = 0
    decode = module.decode_event

    def counted(data: bytes) -> Event:
        nonlocal decoded
        decoded += 1
        return decode(data)

    monkeypatch.setattr(module, "decode_event", counted)

    async def read() -> list[tuple[bytes, Event]]:
        store = MemoryRunStore()
        writer = StoreWriter(store, lambda entries: None)
        store.create(StoredRun("run", "flow", "a map", time.time()), b"", b"")
        events = [Event(n, 1.0, body) for n, body in enumerate(facts(), 1)]
        store.write([Entry("run", event.seq, encode_event(event)) for event in events])
        try:
            return await Archive(writer, LiveRuns({})).events_about("run", wanted)
        finally:
            await writer.close()

    found = asyncio.run(read())
    told = [(getattr(event.body, "task_id", ""), type(event.body).__name__) for _, event in found]
    assert told == expected
    assert all(encode_event(event) == data for data, event in found)
    assert decoded <= len(expected) + 1
