"""Two runs compared: each kind of change by itself, as a table, then many tasks and bad data."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest

from maze_nb.model.comparison_rows import ComparisonRow, TaskComparisonRow
from maze_nb.projection.compared_run import Recipes, compared_run
from maze_nb.projection.comparison import KINDS, TASKS_TOLD, compare_runs, time_change
from maze_nb.projection.comparison_text import comparison_html, comparison_text, totals_text
from maze_nb.projection.run_view import RunView, view_of

SOURCE = "def load(n):\n    return list(range(n))"
OPTIONS = {"timeout": None, "retries": 0, "tags": [], "keep": "store", "deadline": None}


def a_task(task_id: str, name: str = "", **more: Any) -> dict[str, Any]:
    resources = {"cpu": 1.0, "cpu_mem": 0.0, "gpu": 0.0, "gpu_mem": 0.0}
    base = {"inputs": [], "outputs": ["result"], "kind": "python", "group": "", "when": None}
    told = {"id": task_id, "name": name or task_id[1:], "resources": resources, "options": OPTIONS}
    return {**base, **told, **more}


def ended(task_id: str, at: float = 1.0, took: float = 1.0, **data: Any) -> list[dict[str, Any]]:
    about = {"task_id": task_id, "task_name": task_id, "attempt": 1, "node_id": "n", "gpu_ids": []}
    output = {"name": "result", "type": "int", "summary": "int", "nbytes": 5, "inline": True}
    result = {"result": data.pop("value", 7)}
    done = {**about, "outputs": [{**output, **data.pop("output", {})}], "result": result, **data}
    return [
        {"type": "start_task", "time": at, "data": about},
        {"type": "finish_task", "time": at + took, "data": done},
    ]


def a_view(
    tasks: list[dict[str, Any]], *parts: list[dict[str, Any]], edges: Any = (), run_id: str = "r"
) -> RunView:
    graph = {"workflow_id": "w", "name": "flow", "tasks": tasks, "edges": list(edges)}
    begun = {"type": "start_workflow", "time": 0.0, "data": {"run_id": run_id, "graph": graph}}
    last = {"type": "finish_workflow", "time": 9.0, "data": {"status": "succeeded"}}
    messages = [begun, *(message for part in parts for message in part), last]
    return view_of([{**message, "seq": seq} for seq, message in enumerate(messages, 1)])


def compared(
    before: RunView,
    after: RunView,
    recipes: tuple[Recipes, Recipes] = (Recipes(), Recipes()),
    digests: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {}),
) -> ComparisonRow:
    return compare_runs(
        compared_run(before, recipes[0], digests[0]), compared_run(after, recipes[1], digests[1])
    )


BEFORE = a_view([a_task("aload"), a_task("afit")], ended("aload"), ended("afit", 2.0))
FAILURE = {"error": {"type": "ValueError", "message": "no"}, "result": "Traceback"}

CASES: list[tuple[str, list[dict[str, Any]], list[Any], dict[str, list[str]]]] = [
    ("nothing", [a_task("bload"), a_task("bfit")], [ended("bload"), ended("bfit")], {}),
    (
        "added and removed",
        [a_task("bload"), a_task("bsave")],
        [ended("bload"), ended("bsave")],
        {"fit": ["removed"], "save": ["added"]},
    ),
    (
        "options",
        [a_task("bload", options={**OPTIONS, "retries": 2}), a_task("bfit")],
        [ended("bload"), ended("bfit")],
        {"load": ["options"]},
    ),
    (
        "resources",
        [a_task("bload"), a_task("bfit", resources={"cpu": 4.0, "gpu_mem": 2048})],
        [ended("bload"), ended("bfit")],
        {"fit": ["options"]},
    ),
    (
        "results by what is seen of them",
        [a_task("bload"), a_task("bfit")],
        [ended("bload", value=8), ended("bfit", output={"summary": "float"})],
        {"load": ["results"], "fit": ["results"]},
    ),
    (
        "state",
        [a_task("bload"), a_task("bfit")],
        [
            ended("bload"),
            [{"type": "task_exception", "time": 3.0, "data": {"task_id": "bfit", **FAILURE}}],
        ],
        {"fit": ["state"]},
    ),
    (
        "from the cache is no change",
        [a_task("bload"), a_task("bfit")],
        [ended("bload", reused_from="cache"), ended("bfit")],
        {},
    ),
]


@pytest.mark.parametrize(
    ("tasks", "parts", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_changed(tasks: Any, parts: Any, expected: dict[str, list[str]]) -> None:
    found = compared(BEFORE, a_view(tasks, *parts))
    assert {row["name"]: row["changes"] for row in found["tasks"] if row["changes"]} == expected
    for kind in KINDS:
        assert found["counts"][kind] == sum(kind in changes for changes in expected.values())
    assert found["counts"]["same"] == len(found["tasks"]) - len(expected)


def only(found: ComparisonRow, name: str = "load") -> TaskComparisonRow:
    (row,) = [row for row in found["tasks"] if row["name"] == name]
    return row


def test_code_and_inputs_are_told_apart() -> None:
    one = a_view([a_task("aload"), a_task("afit")], ended("aload"), ended("afit"))
    other = a_view([a_task("bload"), a_task("bfit")], ended("bload"), ended("bfit"))
    recipes = (
        Recipes(
            {"aload": SOURCE, "afit": "def fit(): ..."},
            {"aload": {"n": "5"}, "afit": {"xs": ("aload", "result"), "k": "1"}},
        ),
        Recipes(
            {"bload": SOURCE.replace("list", "tuple"), "bfit": "def fit(): ..."},
            {"bload": {"n": "6", "m": "1"}, "bfit": {"xs": ("bload", "result"), "k": "1"}},
        ),
    )
    found = compared(one, other, recipes)
    row = only(found)
    assert row["changes"] == ["code", "inputs"]
    assert row["diff"].splitlines() == [
        "@@ -1,2 +1,2 @@",
        " def load(n):",
        "-    return list(range(n))",
        "+    return tuple(range(n))",
    ]
    assert row["inputs"] == [
        {"name": "n", "before": "5", "after": "6"},
        {"name": "m", "before": "", "after": "1"},
    ]
    assert only(found, "fit")["changes"] == []
    assert only(found, "fit")["code"] == "same"
    assert totals_text(found) == "code of 1 task, inputs of 1 task; +0 s in all"


def test_code_that_is_not_known_is_not_called_the_same() -> None:
    found = compared(BEFORE, BEFORE, (Recipes({"aload": SOURCE}), Recipes()))
    assert only(found)["code"] == "unknown"
    assert only(found)["changes"] == []


@pytest.mark.parametrize(
    ("output", "digests", "verdicts"),
    [
        ({}, ("x", "x"), []),
        ({}, ("x", "y"), ["alike"]),
        ({}, ("x", ""), ["unknown"]),
        ({"inline": False}, ("x", "y"), ["differs"]),
        ({"inline": False}, ("x", "x"), []),
        ({"inline": False}, ("", ""), ["unknown"]),
    ],
)
def test_results_by_their_contents(
    output: dict[str, Any], digests: tuple[str, str], verdicts: list[str]
) -> None:
    view = a_view([a_task("aload")], ended("aload", output=output))
    contents = tuple({"aload": {"result": digest}} for digest in digests)
    found = compared(view, view, digests=contents)  # type: ignore[arg-type]
    assert [each["verdict"] for each in only(found)["outputs"]] == verdicts
    assert only(found)["changes"] == (["results"] if verdicts == ["differs"] else [])


def test_equal_names_are_matched_by_their_number() -> None:
    one = a_view([a_task(f"a{at}", "fit") for at in range(3)])
    other = a_view([a_task(f"b{at}", "fit") for at in range(2)])
    found = compared(one, other)
    pairs = {row["name"]: (row["before_id"], row["after_id"]) for row in found["tasks"]}
    assert pairs == {"fit": ("a0", "b0"), "fit #2": ("a1", "b1"), "fit #3": ("a2", "")}


def test_items_of_maps_are_compared_too() -> None:
    def mapped(ident: str, count: int, value: int) -> RunView:
        expanded = {"task_id": ident, "task_name": "fit", "count": count}
        items = [ended(f"{ident}.{at}", value=value if at else 0) for at in range(count)]
        return a_view(
            [a_task(ident, "fit", kind="map")],
            [{"type": "task_expanded", "time": 0.5, "data": expanded}],
            *items,
            ended(ident, 5.0),
        )

    found = compared(mapped("a", 2, 1), mapped("b", 3, 2))
    assert {row["name"]: row["changes"] for row in found["tasks"] if row["changes"]} == {
        "fit[1]": ["results"],
        "fit[2]": ["added"],
    }


def test_what_a_task_reads_is_compared_where_nothing_more_is_known() -> None:
    edge = {"source": "aload", "target": "afit", "names": ["xs"]}
    one = a_view([a_task("aload"), a_task("afit")], edges=[edge])
    other = a_view([a_task("aload"), a_task("afit")])
    assert only(compared(one, other), "fit")["inputs"] == [
        {"name": "reads", "before": "load.xs", "after": ""}
    ]


def test_the_biggest_differences_in_time_come_first() -> None:
    names = ["one", "two", "three"]
    one = a_view([a_task(f"a{n}") for n in names], *(ended(f"a{n}", took=1.0) for n in names))
    took = {"one": 1.5, "two": 9.0, "three": 0.25}
    other = a_view([a_task(f"a{n}") for n in names], *(ended(f"a{n}", took=took[n]) for n in names))
    rows = compared(one, other)["tasks"]
    assert [(row["name"], time_change(row)) for row in rows] == [
        ("two", 8.0),
        ("three", -0.75),
        ("one", 0.5),
    ]


def test_text_and_page_show_it_and_no_markup_of_others() -> None:
    nasty = "<img src=x onerror=alert(1)>"
    one = a_view([a_task("a", nasty)], ended("a", value="<script>"), run_id="one-run-id")
    other = a_view([a_task("b", nasty)], ended("b", value=nasty), run_id="other-run-id")
    recipes = Recipes({"a": "x = '<i>'"}), Recipes({"b": "x = '<b>'"})
    found = compared(one, other, recipes)
    text, page = comparison_text(found), comparison_html(found)
    assert "before  one-run- flow · ✓ succeeded · 9.0 s" in text
    assert f"  output result differs: '<script>' → '{nasty}'" in text
    assert "    -x = '<i>'" in text
    assert "<img" not in page
    assert "<script" not in page
    assert "&lt;b&gt;" in page


EMPTY = RunView()
BROKEN = a_view(
    [{"id": 5, "name": None}, "no task", {"name": "x"}],  # type: ignore[list-item]
    [
        {"type": "finish_task", "time": "soon", "data": {"task_id": "q", "outputs": [5, {}]}},
        {"type": "start_task", "time": 3.0, "data": {"task_id": "5"}},
    ],
)


@pytest.mark.parametrize("before", [EMPTY, BEFORE, BROKEN])
@pytest.mark.parametrize("after", [EMPTY, BEFORE, BROKEN])
def test_what_is_empty_or_broken_is_compared_too(before: RunView, after: RunView) -> None:
    found = compared(before, after)
    assert comparison_text(found)
    assert comparison_html(found)
    if before is after:
        assert all(not row["changes"] for row in found["tasks"])


def test_many_tasks_are_compared_quickly_and_told_within_bounds() -> None:
    many = 5_000
    tasks = [a_task(f"a{at}", "fit") for at in range(many)]
    parts = [ended(f"a{at}", took=1.0 + at) for at in range(many)]
    one = a_view(tasks, *parts)
    source = "\n".join(f"line_{at} = {at}" for at in range(300))
    sources = [{f"a{at}": f"{source}\n{more}" for at in range(many)} for more in ("old", "new")]
    begun = time.perf_counter()
    found = compared(one, one, (Recipes(sources[0]), Recipes(sources[1])))
    assert time.perf_counter() - begun < 10
    assert len(found["tasks"]) == TASKS_TOLD
    assert found["left_out"] == many - TASKS_TOLD
    assert found["counts"]["code"] == many
    assert sum(len(row["diff"]) for row in found["tasks"]) < 1_100_000
    assert f"… and {many - 40:,} more" in comparison_text(found)
