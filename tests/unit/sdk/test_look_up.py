"""Runs are found as people name them."""

from __future__ import annotations

import pytest

from maze_nb.errors import UnknownRunError
from maze_nb.sdk.look_up import find_run
from maze_nb.wire.submission import RunSummary


def runs(*run_ids: str) -> list[RunSummary]:
    return [
        RunSummary(run_id, "w", "w", "succeeded", float(number), number + 1.0, {})
        for number, run_id in enumerate(run_ids)
    ]


@pytest.mark.parametrize(
    ("wanted", "found"), [("ab", "ab"), ("abc", "abcd"), ("x", "x1"), ("latest", "x1")]
)
def test_by_id_by_its_beginning_or_as_the_latest(wanted, found):
    assert find_run(wanted, runs("ab", "abcd", "x1")).run_id == found


@pytest.mark.parametrize(
    ("wanted", "known", "said"),
    [
        ("a", ["ab", "ac", "b"], "2 runs begin with 'a': ab, ac$"),
        ("a", [f"a{n}" for n in range(7)], "7 runs begin with 'a': a0, a1, a2, a3, a4, …"),
        ("abd", ["abc"], "there is no run 'abd': did you mean 'abc'"),
        ("", ["abc"], "there is no run ''"),
        ("lates", ["zz"], "did you mean 'latest'"),
        ("latest", [], "there are no runs here yet"),
    ],
)
def test_what_is_meant_by_none_or_by_several(wanted, known, said):
    with pytest.raises(UnknownRunError, match=said):
        find_run(wanted, runs(*known))
