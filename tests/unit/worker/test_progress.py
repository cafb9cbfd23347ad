"""How far a task is, as it says itself or by a bar."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from tqdm import std

from maze_nb import progress, tqdm
from maze_nb.wire.shown import Item, Progressed, decode_told
from maze_nb.worker.current_task import CurrentTask, running


@pytest.fixture
def task(tmp_path: Path) -> CurrentTask:
    return CurrentTask("run", "task", "name", 1, "w", "node", (), str(tmp_path))


def told_of(task: CurrentTask, *, by: object) -> list[Item]:
    told: list[Item] = []
    with running(task, lambda data: told.extend(decode_told(data).items)):
        by()  # type: ignore[operator]
    return told


def test_the_last_is_told_at_the_end(task):
    def run() -> None:
        for number in range(1, 6):
            progress(number, 5, f"step {number}")

    assert told_of(task, by=run)[-1] == Progressed(5.0, 5.0, "step 5")


def test_by_hand_it_does_nothing(capsys):
    progress(1, 2, "by hand")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("done", "total"), [("much", None), (1, "more"), (None, None)])
def test_what_is_no_number_is_an_error_by_hand_too(done, total):
    with pytest.raises((TypeError, ValueError)):
        progress(done, total)


def test_a_bar_tells_how_far_it_is(task):
    def run() -> None:
        assert list(tqdm("abc", desc="letters")) == ["a", "b", "c"]

    assert told_of(task, by=run) == [Progressed(3.0, 3.0, "letters")]


def test_the_outermost_of_several_bars_counts(task):
    def run() -> None:
        for _ in tqdm(range(2), desc="outer"):
            for _ in tqdm(range(3), desc="inner", leave=False):
                pass
            with tqdm(total=10) as bar:
                bar.update(4)
                assert bar.n == 4

    assert told_of(task, by=run)[-1] == Progressed(2.0, 2.0, "outer")


def test_an_inner_bar_is_told_in_words(task):
    def run() -> None:
        outer = tqdm(total=2, desc="outer")
        inner = tqdm(total=9, desc="inner")
        inner.update(3)
        inner.refresh()
        outer.set_postfix(loss=1)

    assert told_of(task, by=run) == [Progressed(0.0, 2.0, "outer, loss=1 · inner 3/9")]


def test_a_bar_that_breaks_off_leaves_no_other_behind_it(task):
    def run() -> None:
        with contextlib.suppress(ValueError):
            for _ in tqdm(range(2), desc="one"):
                raise ValueError("broken")
        list(tqdm(range(5), desc="two"))

    assert told_of(task, by=run)[-1] == Progressed(5.0, 5.0, "two")


def test_a_bar_that_an_earlier_task_left_tells_nothing(task):
    left = []
    told_of(task, by=lambda: left.append(tqdm(total=9)))
    # As the garbage collector does, whenever it comes.
    assert told_of(task, by=lambda: left.pop().close()) == []


def test_a_bar_that_is_switched_off_tells_nothing(task):
    assert told_of(task, by=lambda: list(tqdm(range(3), disable=True))) == []


def test_elsewhere_it_is_the_bar_of_tqdm(capsys):
    assert issubclass(tqdm, std.tqdm)
    assert list(tqdm(range(3), desc="by hand")) == [0, 1, 2]
    drawn = capsys.readouterr().err
    assert "by hand: 100%" in drawn
    assert drawn.endswith("\n")


def test_bars_in_tasks_draw_nothing(task, capsys):
    told_of(task, by=lambda: list(tqdm(range(3))))
    assert capsys.readouterr() == ("", "")
