"""What live views are told has the same names in Python and in TypeScript."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from maze_nb.model.message_types import QUIET_MESSAGES
from maze_nb.model.rows import ErrorRow, MessageRow, OutputRow, RunRow, Snapshot, TaskRow
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.projection.looks import WAS_RUNNING

FOLDER = Path(__file__).parents[3] / "extension/src/model"
MODEL = "\n".join((FOLDER / name).read_text() for name in ("run.ts", "talk.ts"))
FILTER = (FOLDER / "message_filter.ts").read_text()
# Kept beside a word that a view may not know.
WORDS = {"status_word", "state_word"}


def fields(interface: str) -> set[str]:
    body = re.search(rf"export interface {interface} {{(.*?)\n}}", MODEL, re.DOTALL)
    assert body is not None, interface
    return set(re.findall(r"readonly (\w+):", body[1])) - WORDS


def words(constant: str, source: str = MODEL) -> set[str]:
    body = re.search(rf"export const {constant}\b[^=]*= [^\[]*\[(.*?)\]", source, re.DOTALL)
    assert body is not None, constant
    return set(re.findall(r'"(\w+)"', body[1]))


@pytest.mark.parametrize(
    ("row", "interface"),
    [
        (RunRow, "Run"),
        (TaskRow, "TaskRun"),
        (ErrorRow, "TaskError"),
        (OutputRow, "TaskOutput"),
        (MessageRow, "Message"),
        (Snapshot, "Snapshot"),
    ],
)
def test_rows(row, interface):
    assert fields(interface) == set(row.__annotations__)


def test_states():
    assert words("TASK_STATES") == {*TaskState, WAS_RUNNING}
    assert words("RUN_STATUSES") == set(RunStatus)


def test_messages_that_lists_leave_out():
    assert words("QUIET", FILTER) == QUIET_MESSAGES
