"""The fold of messages into snapshots and deltas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maze_nb.model.rows import Delta
from maze_nb.projection.log_tail import LogTails
from maze_nb.projection.run_view import RunView, view_of

ERROR = {
    "type": "ValueError",
    "kind": "",
    "message": "no rows",
    "traceback": "Traceback (most recent call last):\nValueError: no rows",
    "host": "node-a",
}
OUTPUT = {
    "name": "result",
    "type": "int",
    "summary": "int",
    "preview": "1",
    "place": "",
    "path": "",
}


CASES: list[tuple[str, list[tuple[str, Mapping[str, Any]]], Mapping[str, Any]]] = [
    ("nothing heard", [], {"state": "waiting", "attempt": 1, "started": None, "outputs": []}),
    (
        "pending says why",
        [("task_pending", {"reason": "needs 12 GB VRAM on one device"})],
        {"state": "pending", "reason": "needs 12 GB VRAM on one device", "started": None},
    ),
    (
        "running says where, and is no longer pending",
        [
            ("task_pending", {"reason": "no free slot"}),
            ("start_task", {"node_id": "a", "node_ip": "1.2", "worker": "w", "gpu_ids": [0, 1]}),
        ],
        {
            "state": "running",
            "reason": None,
            "started": 1003.0,
            "finished": None,
            "node_id": "a",
            "node_ip": "1.2",
            "worker": "w",
            "gpu_ids": [0, 1],
        },
    ),
    (
        "progress",
        [("start_task", {}), ("task_progress", {"done": 3, "total": 4, "message": "epoch 3"})],
        {"state": "running", "progress": 0.75, "reason": "epoch 3"},
    ),
    (
        "progress beyond its total",
        [("start_task", {}), ("task_progress", {"done": 9, "total": 4})],
        {"progress": 1.0, "reason": None},
    ),
    (
        "succeeded",
        [
            ("start_task", {}),
            ("task_progress", {"done": 1, "total": 2}),
            (
                "finish_task",
                {
                    "result": {"result": 1},
                    "outputs": [
                        {"name": "result", "type": "int", "summary": "int", "inline": True}
                    ],
                },
            ),
        ],
        {
            "state": "succeeded",
            "started": 1002.0,
            "finished": 1004.0,
            "progress": None,
            "outputs": [OUTPUT],
        },
    ),
    (
        "finished without a start counts its duration back",
        [("finish_task", {"duration": 0.5})],
        {"state": "succeeded", "started": 1001.5, "finished": 1002.0},
    ),
    (
        "failed",
        [("start_task", {}), ("task_exception", {"result": ERROR["traceback"], "error": ERROR})],
        {"state": "failed", "error": ERROR, "finished": 1003.0},
    ),
    (
        "a failure without particulars",
        [("task_exception", {})],
        {
            "state": "failed",
            "error": {"type": "Error", "kind": "", "message": "", "traceback": "", "host": None},
        },
    ),
    (
        "retrying keeps the error, running again drops it",
        [
            ("task_exception", {"result": ERROR["traceback"], "error": ERROR}),
            ("task_retry", {"reason": "1 of 3 retries", "attempt": 2}),
        ],
        {"state": "retrying", "attempt": 2, "reason": "1 of 3 retries", "error": ERROR},
    ),
    (
        "a second attempt",
        [
            ("task_exception", {"error": ERROR}),
            ("task_retry", {}),
            ("start_task", {"attempt": 2, "node_id": "b"}),
        ],
        {"state": "running", "attempt": 2, "error": None, "node_id": "b", "started": 1004.0},
    ),
    (
        "retrying after a failure of its own says how and until when",
        [
            ("start_task", {}),
            (
                "task_retry",
                {
                    "reason": "ValueError: no rows",
                    "delay": 4.5,
                    "result": ERROR["traceback"],
                    "error": ERROR,
                },
            ),
        ],
        {
            "state": "retrying",
            "reason": "ValueError: no rows",
            "retry_at": 1007.5,
            "error": ERROR,
        },
    ),
    (
        "retrying after a lost worker has no failure of its own",
        [("start_task", {}), ("task_retry", {"reason": "worker lost", "delay": 0.0})],
        {"state": "retrying", "reason": "worker lost", "retry_at": None, "error": None},
    ),
    (
        "a failure of a kind that has plain words",
        [("task_exception", {"error": {**ERROR, "type": "TaskTimeoutError"}})],
        {
            "state": "failed",
            "error": {**ERROR, "type": "TaskTimeoutError", "kind": "timed out", "traceback": ""},
        },
    ),
    (
        "what it used at most",
        [("start_task", {}), ("finish_task", {"usage": {"memory": 310.5, "vram": 4096}})],
        {"state": "succeeded", "memory": 310.5, "vram": 4096, "retry_at": None},
    ),
    (
        "what it used at most when it failed",
        [("start_task", {}), ("task_exception", {"usage": {"memory": 310.5, "vram": None}})],
        {"state": "failed", "memory": 310.5, "vram": None},
    ),
    (
        "a new attempt has used nothing yet",
        [
            ("task_exception", {"usage": {"memory": 310.5, "vram": 1}}),
            ("task_retry", {"delay": 1}),
            ("start_task", {"attempt": 2}),
        ],
        {"state": "running", "memory": None, "vram": None, "retry_at": None},
    ),
    (
        "usage that is none",
        [("finish_task", {"usage": ["much"]})],
        {"state": "succeeded", "memory": None, "vram": None},
    ),
    (
        "skipped names its root cause",
        [("task_skipped", {"reason": "other failed", "root_cause": {"task_id": "other"}})],
        {"state": "skipped", "reason": "other failed", "root_cause": "other"},
    ),
    (
        "cancelled",
        [("task_cancelled", {"reason": "asked"})],
        {"state": "cancelled", "reason": "asked", "started": None},
    ),
    (
        "cancelled while pending keeps what it waited for",
        [
            ("task_pending", {"reason": "needs 2 GPUs; node a has no GPU"}),
            ("task_cancelled", {"reason": "the run was cancelled"}),
        ],
        {
            "state": "cancelled",
            "reason": "cancelled while waiting: needs 2 GPUs; node a has no GPU",
            "started": None,
        },
    ),
    (
        "cancelled for a reason of its own says that first",
        [("task_pending", {"reason": "busy"}), ("task_cancelled", {"reason": "'b' failed"})],
        {"state": "cancelled", "reason": "'b' failed; cancelled while waiting: busy"},
    ),
    (
        "cancelled while it ran took until then",
        [("start_task", {}), ("task_cancelled", {"reason": "the run was cancelled"})],
        {"reason": "the run was cancelled", "started": 1002.0, "finished": 1003.0},
    ),
    (
        "cancelled between attempts took as long as the last one",
        [
            ("start_task", {}),
            ("task_retry", {"delay": 9, "error": ERROR}),
            ("task_log", {"text": "hello"}),
            ("task_cancelled", {"reason": "the run was cancelled"}),
        ],
        {
            "state": "cancelled",
            "reason": "cancelled while waiting to retry: ValueError: no rows",
            "started": 1002.0,
            "finished": 1003.0,
        },
    ),
    (
        "what an attempt used stays when it was cancelled or is to be repeated",
        [
            ("start_task", {}),
            ("task_retry", {"usage": {"memory": 310.5, "vram": 8}}),
            ("task_cancelled", {}),
        ],
        {"state": "cancelled", "memory": 310.5, "vram": 8},
    ),
    (
        "what it used until it was cancelled",
        [("start_task", {}), ("task_cancelled", {"usage": {"memory": 100, "vram": None}})],
        {"state": "cancelled", "memory": 100, "vram": None},
    ),
    ("a log line changes no state", [("task_log", {"text": "hello"})], {"state": "waiting"}),
    ("an unknown type changes no state", [("task_dreamt", {"attempt": 9})], {"state": "waiting"}),
    (
        "parts of a wrong type are passed over",
        [("start_task", {"node_id": None, "gpu_ids": "0", "attempt": "2"})],
        {"state": "running", "node_id": None, "gpu_ids": [], "attempt": 1},
    ),
]


@pytest.mark.parametrize(("told", "row"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_task_row(recorder, told, row):
    recorder.start_run()
    for kind, data in told:
        recorder.task(kind, "load", **data)
    snapshot = view_of(recorder.messages).snapshot()
    shown = snapshot["tasks"]["load"]
    assert {name: shown[name] for name in row} == row
    assert sum(snapshot["run"]["counts"].values()) == 4
    assert snapshot["run"]["counts"][shown["state"]] >= 1
    json.dumps(snapshot, allow_nan=False)


def test_run_row(failed_run):
    assert view_of(failed_run.messages).snapshot()["run"] == {
        "run_id": "3f9c12ab77aa4c10",
        "status": "failed",
        "started": 1001.0,
        "finished": 1009.0,
        "counts": {
            "waiting": 0,
            "pending": 0,
            "running": 0,
            "succeeded": 2,
            "failed": 1,
            "skipped": 1,
            "cancelled": 0,
            "retrying": 0,
        },
        "reused": 0,
        "resumes": 0,
        "away": 0.0,
        "stopped": None,
    }


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"status": "timed_out"}, "timed_out"),
        ({"status": "interrupted"}, "interrupted"),
        ({"status": "strange", "has_exception": True}, "failed"),
        ({}, "succeeded"),
    ],
)
def test_run_status(recorder, data, status):
    view = view_of(recorder.start_run().messages)
    assert view.snapshot()["run"]["status"] == "running"
    assert not view.is_finished
    view.fold({"type": "finish_workflow", "data": data, "seq": 2, "time": 2.0})
    assert view.snapshot()["run"]["status"] == status
    assert view.is_finished


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": None, "data": None},
        {"type": "start_task", "data": []},
        {"seq": "x", "time": "y"},
    ],
)
def test_a_malformed_message_is_shown_and_harms_nothing(recorder, message):
    view = view_of(recorder.start_run().messages)
    before = view.snapshot()["tasks"]
    assert view.fold(message)
    after = view.snapshot()
    assert after["tasks"] == before
    assert [row["seq"] for row in after["messages"]] == [1, 2]


def test_an_unknown_type_is_shown_as_unknown(recorder):
    recorder.start_run().task("task_dreamt", "load")
    assert view_of(recorder.messages).snapshot()["messages"][-1] == {
        "seq": 2,
        "time": 1002.0,
        "type": "task_dreamt",
        "task_id": "load",
        "task_name": "load",
        "text": "unknown message 'task_dreamt'",
        "stream": "",
    }


class LazyResult(Mapping[str, Any]):
    """A result of which only one value may be read."""

    def __init__(self, values: Mapping[str, Any], readable: str) -> None:
        self._values, self._readable = values, readable

    def __getitem__(self, name: str) -> Any:
        assert name == self._readable, f"{name} was fetched"
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def test_only_inline_values_are_read(recorder):
    outputs = [
        {"name": "model", "type": "bytes", "summary": "bytes, 9 GB", "inline": False},
        {"name": "score", "type": "float", "summary": "float", "inline": True},
    ]
    result = LazyResult({"model": b"", "score": 0.97}, readable="score")
    recorder.start_run().finish("load", result, outputs=outputs)
    shown = view_of(recorder.messages).snapshot()["tasks"]["load"]["outputs"]
    assert [(row["name"], row["preview"]) for row in shown] == [("model", None), ("score", "0.97")]


@pytest.mark.parametrize("result", [None, 3, {}, {"other": 1}])
def test_a_value_that_cannot_be_read_has_no_preview(recorder, result):
    outputs = [{"name": "score", "type": "float", "summary": "float", "inline": True}]
    recorder.start_run().task("finish_task", "load", result=result, outputs=outputs)
    preview = view_of(recorder.messages).snapshot()["tasks"]["load"]["outputs"][0]["preview"]
    assert preview is None or preview == "⟨no preview: reading it raised KeyError⟩"


def test_delta_holds_what_changed_and_nothing_else(recorder):
    view = view_of(recorder.start_run().start("load").messages)
    first = view.delta()
    assert first is not None
    assert set(first["tasks"]) == {"load", "svm", "knn", "compare"}
    assert (first["first_seq"], first["last_seq"]) == (1, 2)
    assert view.delta() is None
    view.fold_all(recorder.finish("load").messages)
    second = view.delta()
    assert second is not None
    assert set(second["tasks"]) == {"load"}
    assert [row["text"] for row in second["messages"]] == ["finished in 0.12 s"]
    assert (second["first_seq"], second["last_seq"]) == (3, 3)


def test_only_the_newest_messages_are_kept():
    view = RunView(messages_kept=10)
    view.fold_all({"type": "task_log", "data": {}, "seq": n, "time": 1.0} for n in range(100))
    assert [row["seq"] for row in view.snapshot()["messages"]] == list(range(90, 100))
    assert [row["seq"] for row in view.snapshot(messages=3)["messages"]] == [97, 98, 99]
    delta = view.delta()
    assert delta is not None
    assert (delta["first_seq"], delta["last_seq"], len(delta["messages"])) == (0, 99, 10)


def test_a_snapshot_does_not_change_afterwards(recorder):
    view = view_of(recorder.start_run().messages)
    before = view.snapshot()
    kept = json.dumps(before)
    view.fold_all(recorder.start("load").finish("load").finish_run().messages)
    assert json.dumps(before) == kept


KINDS = [
    "task_pending",
    "start_task",
    "finish_task",
    "task_exception",
    "task_retry",
    "task_skipped",
    "task_cancelled",
    "task_progress",
    "task_log",
    "task_display",
    "task_expanded",
    "task_dreamt",
]
DATA = st.fixed_dictionaries(
    {"task_id": st.sampled_from(["a", "b", "late", "m", "m.0", "m.7"])},
    optional={
        "attempt": st.integers(1, 3),
        "reason": st.text(max_size=5),
        "duration": st.floats(0, 9),
        "gpu_ids": st.lists(st.integers(0, 3), max_size=2),
        "count": st.integers(0, 50),
        "display_id": st.sampled_from(["", "x"]),
        "data": st.just({"text/plain": "x", "image/png": "aGk="}),
        "done": st.integers(0, 5),
        "total": st.integers(0, 5),
        "text": st.text(max_size=5),
        "result": st.dictionaries(st.sampled_from(["x"]), st.integers(), max_size=1),
        "outputs": st.just([{"name": "x", "inline": True, "summary": "int"}]),
        "root_cause": st.just({"task_id": "a", "task_name": "a"}),
        "error": st.just({"type": "ValueError", "message": "no"}),
    },
)
START = (
    "start_workflow",
    {"run_id": "r", "graph": {"tasks": [{"id": "a"}, {"id": "b"}, {"id": "m", "kind": "map"}]}},
)
BODIES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(KINDS), DATA),
        st.just(START),
        st.just(("finish_workflow", {"status": "succeeded"})),
    ),
    max_size=25,
).map(lambda bodies: [START, *bodies])


def as_a_view_folds(told: dict[str, Any], delta: Delta) -> dict[str, Any]:
    """Return what is known after a delta; of items those are kept that a map names."""
    maps = {**told["maps"], **delta["maps"]}
    kept = {item for each in maps.values() for item in each["items"]}
    tasks = {**told["tasks"], **delta["tasks"]}
    printed = told.setdefault("printed", LogTails())
    for row in delta["messages"]:
        if row["type"] == "task_log" and row["task_id"] is not None:
            printed.add(row["task_id"], row["text"], row["stream"])
    displays = {**told["displays"], **delta["displays"]}
    return {
        "run": delta["run"],
        "tasks": {name: row for name, row in tasks.items() if "." not in name or name in kept},
        "maps": maps,
        "logs": printed.rows(),
        "displays": {name: rows for name, rows in displays.items() if rows},
        "messages": [*told["messages"], *delta["messages"]],
        "last_seq": delta["last_seq"],
        "usage": [*told["usage"], *delta["usage"]],
        "printed": printed,
    }


@given(BODIES, st.data())
def test_any_split_into_deltas_folds_to_the_same_and_duplicates_change_nothing(bodies, data):
    messages = [
        {"type": kind, "data": fields, "seq": seq, "time": float(seq)}
        for seq, (kind, fields) in enumerate(bodies, 1)
    ]
    whole = view_of(messages).snapshot()

    view = RunView()
    told: dict[str, Any] = view.snapshot()
    at = 0
    while at < len(messages):
        step = data.draw(st.integers(1, 6), label="messages in this delta")
        repeated = data.draw(st.integers(0, at), label="repeats from")
        at = min(len(messages), at + step)
        view.fold_all(messages[repeated:at])
        delta = view.delta()
        assert delta is not None
        assert delta["first_seq"] == told["last_seq"] + 1 or told["last_seq"] == -1
        told = as_a_view_folds(told, delta)
        assert view.fold_all(messages[:at]) == 0
        assert view.delta() is None

    assert view.snapshot() == whole
    told.pop("printed", None)
    assert told == whole
    assert all(count >= 0 for count in whole["run"]["counts"].values())
