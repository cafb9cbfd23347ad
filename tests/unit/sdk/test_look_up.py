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
        ("a", ["ab", "ac", "b"], r"2 runs begin with 'a': ab \(w\), ac \(w\)$"),
        ("a", [f"a{n}" for n in range(7)], r"begin with 'a': a0 \(w\), a1 .*, a4 \(w\), …$"),
        ("abd", ["abc"], "there is no run 'abd' here: did you mean 'abc'"),
        ("", ["abc"], "there is no run ''"),
        (
            "x" * 32,
            [f"{n}{'0' * 31}" for n in range(7)],
            r"here: the newest are 60000000 \(w\), 50000000 .*, 20000000 \(w\), …$",
        ),
        ("x", [f"{'0' * 8}{n}" for n in range(2)], r"000000001 \(w\), 000000000 \(w\)$"),
        ("lates", ["zz"], "did you mean 'latest'"),
        ("latest", [], "there are no runs here yet"),
    ],
)
def test_what_is_meant_by_none_or_by_several(wanted, known, said):
    with pytest.raises(UnknownRunError, match=said):
        find_run(wanted, runs(*known))


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (["abc"], r"there is no run 'zz' in /tmp/maze: the newest are abc \(w\); give --address$"),
        ([], r"there are no runs in /tmp/maze yet: give --address$"),
    ],
)
def test_it_is_said_where_was_searched_and_where_else_to(known, said):
    with pytest.raises(UnknownRunError, match=said):
        find_run("zz", runs(*known), "in /tmp/maze", "give --address")
