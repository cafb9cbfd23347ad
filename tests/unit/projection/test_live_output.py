"""What tasks print, display and say of their progress, as views are told of it within bounds."""

from __future__ import annotations

import pytest

from maze_nb.model.rows import new_task_row
from maze_nb.projection.display_fold import ALL_CHARS, DISPLAYS_KEPT, IMAGE_CHARS, display_row
from maze_nb.projection.log_tail import ALL_CHARS as ALL_LOG_CHARS
from maze_nb.projection.log_tail import TAIL_CHARS, LogTails, printed_text
from maze_nb.projection.progress_words import advance_text
from maze_nb.projection.run_view import view_of


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("one\ntwo\n", "one\ntwo"),
        ("10 %\r50 %\r100 %\n", "100 %"),
        ("50 %\r", "50 %"),
        ("a\r\nb\r\n", "a\nb"),
        ("\x1b[31mred\x1b[0m", "red"),
        (None, ""),
    ],
)
def test_printed_text(printed, read):
    assert printed_text(printed) == read


def test_of_what_was_printed_the_end_is_kept():
    tails = LogTails()
    for number in range(5_000):
        tails.add("a", f"line {number}")
    ((stream, tail),) = (row.values() for row in tails.rows()["a"])
    assert stream == "stdout"
    assert len(tail) <= TAIL_CHARS + 2
    assert tail.startswith("…\nline ")
    assert tail.endswith("line 4998\nline 4999")


def test_however_many_tasks_print_it_stays_bounded():
    tails = LogTails()
    for number in range(2_000):
        tails.add(f"t{number}", "x" * TAIL_CHARS)
    rows = tails.rows()
    assert sum(len(row["text"]) for told in rows.values() for row in told) <= ALL_LOG_CHARS
    assert list(rows)[-1] == "t1999"


PNG = "iVBORw0KGgo="


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"data": {"image/png": PNG + "\n", "text/plain": "<Figure>"}, "display_id": "d"},
            {"mime": "image/png", "image": f"data:image/png;base64,{PNG}", "text": "<Figure>"},
        ),
        (
            {"data": {"image/svg+xml": "<svg onload='x()'/>"}},
            {"image": "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9J3goKScvPg=="},
        ),
        ({"data": {"text/html": ["<b>", "x</b>"]}}, {"mime": "text/html", "html": "<b>x</b>"}),
        ({"data": {"image/png": "javascript:x()"}}, {"image": "", "html": ""}),
        (
            {"data": {"image/png": "A" * (IMAGE_CHARS + 1)}},
            {"image": "", "place": "too big to be shown here"},
        ),
        (
            {"data": {"text/plain": "t"}, "stored": {"nbytes": 3 * 2**20}},
            {"place": "on disk, 3.0 MB", "text": "t"},
        ),
        ({}, {"mime": "text/plain", "text": "", "image": "", "html": "", "place": ""}),
        ({"data": {"text/html": 3}}, {"html": ""}),
    ],
)
def test_a_display(data, expected):
    row = display_row(data)
    assert {name: row[name] for name in expected} == expected


def shown(recorder, task="load"):
    return view_of(recorder.messages).snapshot()["displays"].get(task, [])


def test_a_display_of_the_same_name_replaces_the_first_and_few_are_kept(recorder):
    recorder.start_run().start("load")
    for name, text in [("p", "1"), ("q", "2"), ("p", "3")]:
        recorder.task("task_display", "load", data={"text/plain": text}, display_id=name)
    assert [row["text"] for row in shown(recorder)] == ["3", "2"]
    for number in range(20):
        recorder.task("task_display", "load", data={"text/plain": str(number)}, display_id="")
    assert [row["text"] for row in shown(recorder)] == ["16", "17", "18", "19"]
    assert len(shown(recorder)) == DISPLAYS_KEPT


def test_another_attempt_begins_with_nothing_displayed(recorder):
    recorder.start_run().start("load").task("task_display", "load", data={"text/plain": "1"})
    view = view_of(recorder.messages)
    view.delta()
    view.fold_all(recorder.start("load", attempt=2).messages)
    delta = view.delta()
    assert delta is not None
    assert delta["displays"] == {"load": []}


def test_pictures_beyond_the_bound_become_notes_the_oldest_first(recorder):
    recorder.start_run()
    image = {"image/png": "A" * (IMAGE_CHARS - 4)}
    for number in range(12):
        recorder.task("task_display", f"t{number}", data=image)
    displays = view_of(recorder.messages).snapshot()["displays"]
    assert sum(len(rows[0]["image"]) for rows in displays.values()) <= ALL_CHARS
    assert displays["t0"][0]["image"] == ""
    assert displays["t0"][0]["place"] == "shown in the notebook only"
    assert displays["t11"][0]["image"]


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (31, 50, "62 %, 31/50"),
        (1_500, 10_000, "15 %, 1,500/10,000"),
        (0.25, 1, "25 %"),
        (40, 100, "40 %"),
        (7, None, "7 done"),
        (None, 3, ""),
        (3, 0, "3 done"),
    ],
)
def test_progress_in_words(recorder, done, total, said):
    recorder.start_run().start("load").task("task_progress", "load", done=done, total=total)
    view = view_of(recorder.messages)
    assert advance_text(view.snapshot()["tasks"]["load"]) == said
    view.fold_all(recorder.finish("load").messages)
    assert advance_text(view.snapshot()["tasks"]["load"]) == ""
    assert advance_text(new_task_row()) == ""


def test_logs_are_in_the_snapshot(recorder):
    recorder.start_run().start("load")
    said = [("stdout", "epoch 1\n"), ("stdout", "epoch 2\n"), ("stderr", "oh"), ("stdout", "end")]
    for stream, text in said:
        recorder.task("task_log", "load", stream=stream, text=text)
    snapshot = view_of(recorder.messages).snapshot()
    assert snapshot["logs"]["load"] == [
        {"stream": "stdout", "text": "epoch 1\nepoch 2"},
        {"stream": "stderr", "text": "oh"},
        {"stream": "stdout", "text": "end"},
    ]
    assert [row["stream"] for row in snapshot["messages"]][-4:] == [stream for stream, _ in said]


def test_streams_by_turns_stay_bounded():
    tails = LogTails()
    for number in range(20_000):
        tails.add("a", f"line {number}", ("stdout", "stderr")[number % 2])
    rows = tails.rows()["a"]
    assert sum(len(row["text"]) for row in rows) <= TAIL_CHARS + 2
    assert rows[0]["text"].startswith("…\n")
    assert rows[-1] == {"stream": "stderr", "text": "line 19999"}
