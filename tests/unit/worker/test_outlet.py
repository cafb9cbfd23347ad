"""What a task shows, gathered into few messages of bounded size."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

from maze_nb.wire.shown import Displayed, Item, Printed, Progressed, decode_told
from maze_nb.worker import outlet as outlet_module
from maze_nb.worker.displays import LIMIT, MOST, Displays
from maze_nb.worker.outlet import TAIL, TEXT_LIMIT, Outlet


class Heard:
    """Hears what an outlet tells."""

    def __init__(self, folder: Path) -> None:
        self.told: list[list[Item]] = []
        self.outlet = Outlet(self._hear, "r1", "my task", Displays(lambda: folder, 1, "n"))

    def _hear(self, data: bytes) -> None:
        self.told.append(decode_told(data).items)

    @property
    def items(self) -> list[Item]:
        return [item for items in self.told for item in items]

    @property
    def text(self) -> str:
        return "".join(item.text for item in self.items if isinstance(item, Printed))


@pytest.fixture
def heard(tmp_path: Path) -> Heard:
    return Heard(tmp_path)


def wait_for(heard: Heard, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(heard.told) < count:
        assert time.monotonic() < deadline, heard.told
        time.sleep(0.01)


def test_what_is_printed_is_told_before_the_task_ends(heard):
    for text in ("one", "\n", "two\n"):
        heard.outlet.printed("stdout", text)
    wait_for(heard, 1)
    heard.outlet.printed("stderr", "three")
    heard.outlet.close()
    assert heard.told == [[Printed("stdout", "one\ntwo\n")], [Printed("stderr", "three")]]


def test_nothing_is_told_after_the_end(heard):
    heard.outlet.close()
    heard.outlet.printed("stdout", "late\n")
    heard.outlet.displayed({"text/plain": "late"}, {}, "")
    heard.outlet.progressed(Progressed(1.0))
    heard.outlet.close()
    assert heard.told == []


def test_the_order_of_streams_and_displays_is_kept(heard):
    heard.outlet.printed("stdout", "a\n")
    heard.outlet.printed("stderr", "b\n")
    heard.outlet.displayed({"text/plain": "c"}, {}, "")
    heard.outlet.printed("stdout", "d\n")
    heard.outlet.close()
    assert heard.items == [
        Printed("stdout", "a\n"),
        Printed("stderr", "b\n"),
        Displayed({"text/plain": "c"}, {}),
        Printed("stdout", "d\n"),
    ]


def test_streams_in_turn_make_few_events(heard):
    for number in range(1000):
        heard.outlet.printed("stdout" if number % 2 else "stderr", f"{number}\n")
    heard.outlet.close()
    assert len(heard.items) <= 20
    lines = sorted(heard.text.splitlines(), key=int)
    assert lines == [str(number) for number in range(1000)]


def test_what_is_printed_without_end_is_bounded_and_its_end_is_told(heard):
    for number in range(100_000):
        heard.outlet.printed("stdout", f"line {number}\n")
    heard.outlet.close()
    assert len(heard.told) < 20
    assert len(heard.text) < TEXT_LIMIT + TAIL + 500
    assert heard.text.count("[the rest is in the log: maze-nb runs logs r1 'my task']\n") == 1
    assert heard.text.startswith("line 0\nline 1\n")
    assert heard.text.endswith("line 99998\nline 99999\n")


def test_one_line_without_end_is_bounded_too(heard):
    for _ in range(50):
        heard.outlet.printed("stdout", "x" * 100_000)
    heard.outlet.close()
    assert len(heard.text) < TEXT_LIMIT + TAIL + 500


def test_a_bar_that_is_drawn_over_and_over_is_told_as_it_is_in_the_end(heard):
    for number in range(5000):
        heard.outlet.printed("stderr", f"\r{number}/5000")
    heard.outlet.printed("stderr", "\n")
    heard.outlet.close()
    assert len(heard.items) < 20
    assert heard.text.endswith("\r4999/5000\n")


def test_of_progress_the_last_is_told(heard):
    for number in range(100_001):
        heard.outlet.progressed(Progressed(number, 100_000))
    heard.outlet.close()
    assert len(heard.items) < 50
    assert heard.items[-1] == Progressed(100_000, 100_000)


def test_bars_become_rarer_the_longer_a_task_takes(heard, monkeypatch):
    due: list[float] = []
    monkeypatch.setattr(outlet_module.TICKER, "call_at", lambda at, _: due.append(at))
    for age, pause in ((0, 0.15), (100, 0.5), (10**6, 10)):
        before = time.monotonic()
        heard.outlet._began = before - age
        heard.outlet._due, heard.outlet._told = float("inf"), before
        heard.outlet.printed("stderr", "\r50%")
        assert before + pause <= due[-1] <= time.monotonic() + pause * 1.01
    heard.outlet.printed("stdout", "a line\n")
    assert due[-1] <= time.monotonic() + 0.2


def test_what_cannot_be_told_fails_no_task(tmp_path):
    def tell(data: bytes) -> None:
        raise OSError("gone")

    outlet = Outlet(tell, "r", "t", Displays(lambda: tmp_path, 1, "n"))
    outlet.printed("stdout", "x" * 10**6)
    outlet.printed("stdout", "more\n")
    outlet.close()


def test_a_process_that_was_forked_writes_into_no_message(heard):
    heard.outlet.printed("stdout", "before\n")
    pid = os.fork()
    if pid == 0:
        heard.outlet.printed("stdout", "forked\n" * 100_000)
        heard.outlet.close()
        os._exit(len(heard.told))
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    heard.outlet.close()
    assert heard.text == "before\n"


def test_half_of_a_surrogate_pair_is_told_in_other_words(heard):
    heard.outlet.printed("stdout", "a\ud800\n")
    heard.outlet.close()
    assert heard.text == "a\\ud800\n"


def test_of_displays_with_one_id_the_last_is_told(heard):
    for number in range(100):
        heard.outlet.displayed({"text/plain": str(number)}, {}, "id")
    heard.outlet.close()
    assert heard.items == [Displayed({"text/plain": "99"}, {}, "id")]


def test_a_big_display_is_in_a_file(heard, tmp_path):
    big = {"text/plain": "small", "text/html": "x" * (LIMIT + 1)}
    heard.outlet.displayed(big, {"text/html": {"a": 1}}, "")
    heard.outlet.close()
    (item,) = heard.items
    assert (item.data, item.metadata) == ({"text/plain": "small"}, {"text/html": {"a": 1}})
    content = Path(item.stored.path).read_bytes()
    assert item.stored.nbytes == len(content)
    assert Path(item.stored.path).parent == tmp_path
    assert json.loads(content) == big
    assert item.stored.digest == hashlib.sha256(content).hexdigest()


def test_all_displays_together_are_bounded(heard):
    for _ in range(30):
        heard.outlet.displayed({"image/png": "x" * (LIMIT - 1)}, {}, "")
    heard.outlet.close()
    inline = [item for item in heard.items if item.stored is None]
    assert len(inline) == 10
    assert len(heard.items) == 30


def test_a_display_that_cannot_be_kept_is_told_in_words(tmp_path):
    displays = Displays(lambda: tmp_path / "none", 1, "n")
    (item,) = displays.told({"text/plain": "y" * 2 * LIMIT}, {}, "")
    assert item.stored is None
    assert "could not be kept" in item.data["text/plain"]
    assert len(item.data["text/plain"]) < 5000


def test_displays_without_end_are_left_out_but_for_the_last_of_each_with_an_id(heard):
    heard.outlet.displayed({"text/plain": "first"}, {}, "id")
    for number in range(3 * MOST):
        heard.outlet.displayed({"text/plain": str(number)}, {}, "")
    heard.outlet.displayed({"text/plain": "last"}, {}, "id")
    heard.outlet.close()
    assert len(heard.items) == MOST + 2
    assert "left out" in heard.text
    assert heard.items[-1] == Displayed({"text/plain": "last"}, {}, "id")
