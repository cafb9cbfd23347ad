"""The last output of a program is told once where it stands above its failure."""

from __future__ import annotations

from typing import Any

import pytest

from maze_nb.projection.block_bundles import plain_text
from maze_nb.projection.output_blocks import ErrorBlock, TaskOutput, error_block
from maze_nb.projection.runs_text import traceback_lines
from maze_nb.projection.said_above import SaidAbove, without_said

HEAD = "maze_nb.errors.TaskFailedError: command 'x' ended with exit code 3"
ABOVE = f"{HEAD}\nIts last output is above."


def told(last: str) -> str:
    return f"{HEAD}\nIts last output:\n{last}"


@pytest.mark.parametrize(
    ("last", "printed", "shown"),
    [
        ("lost", "lost\n", ABOVE),
        ("one\nthree\ntwo", "one\ntwo\nthree\n", ABOVE),
        ("lf a line\nend", "half a line\nend\n", ABOVE),
        ("1%\r99%\ndone", "99%\ndone\n", ABOVE),
        ("one\n\ntwo  ", "one\n\ntwo", ABOVE),
        ("lost\nIt left: a", "lost\n", f"{ABOVE}\nIt left: a"),
        ("lost", "", told("lost")),
        ("lost", "other\n", told("lost")),
        ("one\ntwo\nthree", "one\n", told("one\ntwo\nthree")),
        ("one\n\x1b[31mtwo\x1b[0m", "one\n\x1b[31mtwo\x1b[0m\n", ABOVE),
    ],
)
def test_what_stands_above_is_not_told_again(last: str, printed: str, shown: str) -> None:
    assert without_said(told(last), printed) == shown


def test_other_tracebacks_stay_as_they_are() -> None:
    assert without_said("ValueError: lost\n", "lost\n") == "ValueError: lost\n"


def test_under_a_cell_it_stands_once_and_the_failure_is_still_known() -> None:
    output = TaskOutput()
    for message in messages():
        output.fold(message)
    blocks = output.blocks()
    assert plain_text(blocks, "").count("lost") == 1
    assert isinstance(blocks[-1], ErrorBlock)
    assert error_block(told("begun\nlost")) in blocks


def test_below_lines_of_a_run_it_is_not_told_again() -> None:
    said = SaidAbove()
    lines = [line for each in messages() for line in traceback_lines(said.shortened(each))]
    assert lines == ABOVE.splitlines()[1:]
    failed = messages()[-1]
    assert traceback_lines(said.shortened(failed))[-1] == "lost"


def messages() -> list[dict[str, Any]]:
    about = {"task_id": "x", "task_name": "x", "attempt": 1}
    trace = told("begun\nlost")
    error = {"type": "TaskFailedError", "message": trace.partition(": ")[2]}
    return [
        {"type": "start_task", "data": about},
        {"type": "task_log", "data": {**about, "stream": "stdout", "text": "begun\n"}},
        {"type": "task_log", "data": {**about, "stream": "stderr", "text": "lost\n"}},
        {"type": "task_exception", "data": {**about, "result": trace, "error": error}},
    ]
