"""A workflow file that is wrong, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maze_nb.sdk.workflow_file.load import check_file

# Each: what the file says, and the line, field and a part of the message of each problem.
Case = tuple[str, list[tuple[int, str, str]]]


def problems_of(folder: Path, text: str, parameters: Any = None, name: str = "flow.yaml") -> list:
    file = folder / name
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    return [(p.line, p.path, p.message) for p in check_file(file, parameters).problems]


def check(found: list, expected: list[tuple[int, str, str]]) -> None:
    found, expected = sorted(found), sorted(expected)
    assert [each[:2] for each in found] == [each[:2] for each in expected], found
    for (_, _, message), (_, _, part) in zip(found, expected, strict=True):
        assert part in message
        assert "\n" not in message
