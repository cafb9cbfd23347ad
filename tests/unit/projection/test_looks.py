"""Every state has a look of its own."""

from __future__ import annotations

import re

from maze_nb.model.rows import new_task_row
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.icons import icon_svg
from maze_nb.projection.looks import (
    CACHED,
    RUN_LOOKS,
    TASK_LOOKS,
    WAS_RUNNING,
    count_word,
    run_look,
    task_look,
    tint,
)


def test_every_state_has_a_look():
    assert set(TASK_LOOKS) == {*TaskState, CACHED, WAS_RUNNING}
    assert set(RUN_LOOKS) == set(RunStatus)


def test_task_states_are_told_apart_without_colour():
    assert len({look.glyph for look in TASK_LOOKS.values()}) == len(TASK_LOOKS)
    assert len({icon_svg(state, 0, 0) for state in TASK_LOOKS}) == len(TASK_LOOKS)


def test_what_is_not_known_is_a_question():
    assert task_look("dreaming").glyph == run_look("dreaming").glyph == "?"
    assert ">?<" in icon_svg("dreaming", 0, 0)


def test_a_new_row_is_waiting():
    assert new_task_row()["state"] == TaskState.WAITING


def test_one_was_and_two_were_running():
    assert count_word(1, WAS_RUNNING) == "1 was running"
    assert count_word(2, WAS_RUNNING) == "2 were running"
    assert count_word(1_000, "failed") == "1,000 failed"


def test_tint():
    assert tint("#0072B2", 1) == "#0072b2"
    assert tint("#0072B2", 0) == "#ffffff"
    assert all(re.fullmatch("#[0-9A-Fa-f]{6}", look.colour) for look in TASK_LOOKS.values())
