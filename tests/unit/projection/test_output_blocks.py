"""The messages of a task as blocks, and blocks by MIME type."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.projection.block_bundles import EMPTY, bundles_of, plain_text
from maze_nb.projection.output_blocks import (
    EARLIER_CHARS,
    MOST_BLOCKS,
    TEXT_CHARS,
    Block,
    DisplayBlock,
    EarlierBlock,
    ErrorBlock,
    TaskOutput,
    TextBlock,
)

Message = dict[str, Any]
WHERE = "look there"


def said(kind: str, attempt: int = 1, **data: Any) -> Message:
    return {"type": kind, "data": {"task_id": "t", "task_name": "t", "attempt": attempt, **data}}


def out(text: str, stream: str = "stdout", attempt: int = 1) -> Message:
    return said("task_log", attempt, stream=stream, text=text)


def shown(text: str, display_id: str = "", attempt: int = 1, **more: Any) -> Message:
    data = {"text/plain": text}
    return said("task_display", attempt, data=data, metadata={}, display_id=display_id, **more)


def start(attempt: int = 1) -> Message:
    return said("start_task", attempt)


def failed(text: str, attempt: int = 1) -> Message:
    return said("task_exception", attempt, result=text, error={"type": "ValueError"})


def retry(attempt: int, text: str = "", reason: str = "") -> Message:
    error = {"type": "ValueError", "message": "no"} if text else None
    return said("task_retry", attempt, result=text, error=error, reason=reason)


def text(printed: str, stream: str = "stdout", left_out: int = 0) -> TextBlock:
    return TextBlock(stream, printed, left_out)


def display(printed: str) -> DisplayBlock:
    return DisplayBlock({"text/plain": printed})


CASES: list[tuple[str, list[Message], list[Block]]] = [
    ("nothing was put out", [start()], []),
    ("text of one stream is one block", [out("a\n"), out("b\n")], [text("a\nb\n")]),
    (
        "streams are told apart, in their order",
        [out("a"), out("b", "stderr"), out("c")],
        [text("a"), text("b", "stderr"), text("c")],
    ),
    ("a bar stays one line", [out("1%\r"), out("2%\r"), out("3%\n")], [text("3%\n")]),
    (
        "a display divides text",
        [out("a"), shown("d"), out("b")],
        [text("a"), display("d"), text("b")],
    ),
    (
        "a display with an id is replaced where it is",
        [shown("1", "x"), out("a"), shown("2", "y"), shown("3", "x")],
        [display("3"), text("a"), display("2")],
    ),
    ("displays without an id are added", [shown("1"), shown("1")], [display("1"), display("1")]),
    ("an error stands last", [out("a"), failed("tb")], [text("a"), ErrorBlock("tb")]),
    ("a task that starts anew begins anew", [out("a"), start(), out("b")], [text("b")]),
    (
        "what an earlier attempt put out is marked",
        [start(), out("a"), retry(1, "tb"), start(2), out("b", attempt=2)],
        [EarlierBlock(1, "ValueError: no", (text("a"), ErrorBlock("tb"))), text("b")],
    ),
    (
        "an attempt may end with its worker",
        [start(), out("a"), retry(1, reason="its worker was lost"), start(2)],
        [EarlierBlock(1, "its worker was lost", (text("a"),))],
    ),
    (
        "display ids count within one attempt",
        [shown("1", "x"), retry(1), start(2), shown("2", "x", attempt=2)],
        [EarlierBlock(1, "", (display("1"),)), display("2")],
    ),
    (
        "results that are used again bring their output without a start",
        [out("a"), shown("d"), said("finish_task", reused_from="cache")],
        [text("a"), display("d")],
    ),
    (
        "a first attempt in a new life of the run drops earlier ones",
        [out("a"), retry(1), start(1), out("b")],
        [text("b")],
    ),
]


@pytest.mark.parametrize(("messages", "blocks"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_messages_become_blocks(messages: list[Message], blocks: list[Block]) -> None:
    output = TaskOutput()
    for message in messages:
        output.fold(message)
    assert output.blocks() == blocks


@pytest.mark.parametrize("kind", ["start_workflow", "task_progress", "finish_task", "unheard_of"])
def test_what_puts_nothing_out_changes_nothing(kind: str) -> None:
    output = TaskOutput()
    assert output.fold(out("a"))
    assert not output.fold(said(kind))
    assert output.blocks() == [text("a")]


@pytest.mark.parametrize("data", [None, {}, {"data": 3}, {"text": 5, "stream": 7}, {"result": []}])
@pytest.mark.parametrize("kind", ["task_log", "task_display", "task_exception", "task_retry"])
def test_odd_messages_do_no_harm(kind: str, data: object) -> None:
    output = TaskOutput()
    output.fold({"type": kind, "data": data})
    bundles_of(output.blocks(), 3, WHERE)


def test_much_text_is_bounded_over_all_blocks() -> None:
    output = TaskOutput()
    for number in range(30):
        output.fold(out("x" * 10_000, "stdout" if number % 2 else "stderr"))
    blocks = [block for block in output.blocks() if isinstance(block, TextBlock)]
    assert sum(len(block.text) for block in blocks) == TEXT_CHARS
    assert sum(len(block.text) + block.left_out for block in blocks) == 300_000
    assert blocks[-1] == text("x" * 10_000)


def test_very_many_blocks_are_bounded_and_ids_still_hit() -> None:
    output = TaskOutput()
    for number in range(MOST_BLOCKS + 50):
        output.fold(shown(str(number), f"id-{number}"))
    output.fold(shown("new", f"id-{MOST_BLOCKS}"))
    output.fold(shown("gone comes back at the end", "id-3"))
    blocks = output.blocks()
    assert len(blocks) == MOST_BLOCKS
    assert output.left_out == 51
    assert blocks[MOST_BLOCKS - 51] == display("new")
    assert blocks[-1] == display("gone comes back at the end")


def test_earlier_attempts_are_bounded() -> None:
    output = TaskOutput()
    for attempt in range(1, 9):
        output.fold(start(attempt))
        output.fold(out("y" * 10_000, attempt=attempt))
        output.fold(retry(attempt, "tb"))
    earlier = [block for block in output.blocks() if isinstance(block, EarlierBlock)]
    assert [block.attempt for block in earlier] == [4, 5, 6, 7, 8]
    for block in earlier:
        assert block.blocks[0] == text("y" * EARLIER_CHARS, left_out=10_000 - EARLIER_CHARS)


def kinds(blocks: list[Block], slots: int = 4) -> list[set[str]]:
    return [set(bundle.data) for bundle in bundles_of(blocks, slots, WHERE)]


def test_each_block_has_a_slot_of_its_own_kind() -> None:
    blocks: list[Block] = [text("a"), text("b", "stderr"), display("d")]
    assert kinds(blocks) == [
        {"text/plain", "application/vnd.jupyter.stdout"},
        {"text/plain", "application/vnd.jupyter.stderr"},
        {"text/plain"},
        {"text/plain"},
    ]
    assert bundles_of(blocks, 4, WHERE)[3] == EMPTY


def test_a_traceback_is_plain_as_text_and_coloured_for_front_ends() -> None:
    traceback = (
        'Traceback:\n  File "<cell t>", line 3\n    int("x")\nValueError: bad\nmore: lines\n'
    )
    (bundle, *_) = bundles_of([ErrorBlock(traceback)], 2, WHERE)
    assert bundle.data["text/plain"] == traceback.rstrip()
    assert bundle.data["application/vnd.jupyter.stderr"] == traceback.rstrip().replace(
        "ValueError", "\x1b[1;31mValueError\x1b[0m"
    )


def test_what_exceeds_the_slots_is_in_the_last_one_as_html() -> None:
    picture = DisplayBlock(
        {"image/png": "iVBO\nRw==", "text/plain": "<Figure>"},
        {"image/png": {"width": 30, "height": 20}},
    )
    drawing = DisplayBlock({"image/svg+xml": "<svg/>", "text/plain": "<svg>"})
    table = DisplayBlock({"text/html": "<table><tr><td>7</td></tr></table>", "text/plain": "7"})
    blocks = [
        text("one"),
        text("<b> & \x1b[31mred\x1b[0m", "stderr"),
        picture,
        drawing,
        table,
        text("two", left_out=5),
        ErrorBlock("tb\n"),
    ]
    bundles = bundles_of(blocks, 2, WHERE)
    assert len(bundles) == 2
    assert bundles[0].data["text/plain"] == "one"
    html = bundles[1].data["text/html"]
    assert "&lt;b&gt; &amp; red" in html
    assert '<img src="data:image/png;base64,iVBORw==" width="30" height="20"' in html
    assert '<img src="data:image/svg+xml;base64,PHN2Zy8+"' in html
    assert "<td>7</td>" in html
    assert "5 characters before this are left out: look there" in html
    plain = bundles[1].data["text/plain"]
    places = [plain.index(part) for part in ("<b> &", "<Figure>", "<svg>", "7", "two", "tb")]
    assert places == sorted(places)


def test_earlier_attempts_fold_away() -> None:
    earlier = EarlierBlock(1, "ValueError: <no>", (text("a\n"), ErrorBlock("tb")))
    (bundle, *_) = bundles_of([earlier, text("b")], 3, WHERE)
    assert "<summary" in bundle.data["text/html"]
    assert "attempt 1: ValueError: &lt;no&gt;</summary>" in bundle.data["text/html"]
    assert bundle.data["text/plain"] == "[attempt 1: ValueError: <no>]\na\ntb"


def test_the_whole_of_a_big_display_is_fetched_where_it_can_be() -> None:
    block = DisplayBlock({"text/plain": "small"}, {}, {"path": "p"})
    whole = {"text/html": "<p>whole</p>", "text/plain": "whole"}
    assert bundles_of([block], 1, WHERE, lambda stored: whole)[0].data == whole
    assert bundles_of([block], 1, WHERE, lambda stored: None)[0].data == {"text/plain": "small"}


def test_what_json_cannot_carry_is_replaced() -> None:
    (bundle,) = bundles_of([text("a\ud800b")], 1, WHERE)
    assert bundle.data["text/plain"] == "a\ufffdb"


def test_blocks_as_text_for_a_terminal() -> None:
    assert plain_text([text("a\n"), display("d"), ErrorBlock("tb\n")], WHERE) == "a\nd\ntb"
