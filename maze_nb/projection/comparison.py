"""What changed from one run to another: code, inputs, options, results, states and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from difflib import unified_diff

from maze_nb.model.comparison_rows import (
    ComparisonRow,
    DifferenceRow,
    OutputDifferenceRow,
    TaskComparisonRow,
)
from maze_nb.model.rows import OutputRow
from maze_nb.projection.bounded import PREVIEW_CHARS, bounded_text, middle_cut_text
from maze_nb.projection.compared_run import ComparedRun, ComparedTask, Texts
from maze_nb.projection.reuse import shown_state

KINDS = ("added", "removed", "code", "inputs", "options", "results", "state")
"""The kinds of change, in the order in which they are told."""
TASKS_TOLD = 1_000
"""How many tasks are told at most."""
DIFF_CHARS = 20_000
_DIFF_LINES = 3_000
_ALL_DIFF_CHARS = 1_000_000
_LOOK_CHARS = 200
# What an output shows that was the same in both is not worth a line.
_TOLD = ("differs", "alike", "unknown", "added", "removed")


def compare_runs(before: ComparedRun, after: ComparedRun) -> ComparisonRow:
    """Return what changed from one run to another.

    Tasks are the same if they have the same name, and among several of one name the same number.
    """
    diffs = _Diffs()
    names = [*before.tasks, *(name for name in after.tasks if name not in before.tasks)]
    rows = [_task(name, before.tasks.get(name), after.tasks.get(name), diffs) for name in names]
    counts: Counter[str] = Counter(dict.fromkeys((*KINDS, "same"), 0))
    for row in rows:
        counts.update(row["changes"] or ("same",))
    rows.sort(key=_rank)
    return {
        "before": before.side,
        "after": after.side,
        "tasks": rows[:TASKS_TOLD],
        "left_out": max(0, len(rows) - TASKS_TOLD),
        "counts": dict(counts),
    }


def time_change(row: TaskComparisonRow) -> float | None:
    """Return by how many seconds more a task took; None where it did not run in both."""
    before, after = row["before_seconds"], row["after_seconds"]
    return None if before is None or after is None else after - before


class _Diffs:
    """Unified diffs; what many tasks share is compared once, and all together is bounded."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._left = _ALL_DIFF_CHARS

    def of(self, before: str, after: str) -> str:
        """Return how a text changed."""
        key = before, after
        if key not in self._known:
            self._known[key] = self._made(before, after)
        found = self._known[key]
        if len(found) > self._left:
            return "⟨the diff is left out: those of other tasks are long already⟩"
        self._left -= len(found)
        return found

    def _made(self, before: str, after: str) -> str:
        old, new = before.splitlines(), after.splitlines()
        if max(len(old), len(new)) > _DIFF_LINES:
            return f"⟨too long to be compared: {len(old):,} lines, and {len(new):,} now⟩"
        lines = list(unified_diff(old, new, "before", "after", lineterm=""))
        return middle_cut_text("\n".join(lines[2:]) or _UNSEEN, DIFF_CHARS)


_UNSEEN = "⟨only the ends of lines differ⟩"


def _task(
    name: str, before: ComparedTask | None, after: ComparedTask | None, diffs: _Diffs
) -> TaskComparisonRow:
    row: TaskComparisonRow = {
        "name": bounded_text(name, 300),
        "before_id": before.task_id if before else "",
        "after_id": after.task_id if after else "",
        "changes": [],
        "before_state": shown_state(before.row) if before else "",
        "after_state": shown_state(after.row) if after else "",
        "before_seconds": before.seconds if before else None,
        "after_seconds": after.seconds if after else None,
        "code": "unknown",
        "diff": "",
        "inputs": [],
        "options": [],
        "outputs": [],
    }
    if before is None or after is None:
        row["changes"] = ["added" if before is None else "removed"]
        return row
    if before.source is not None and after.source is not None:
        is_same = before.source == after.source
        row["code"] = "same" if is_same else "changed"
        row["diff"] = "" if is_same else diffs.of(before.source, after.source)
    row["inputs"] = _input_differences(before, after)
    row["options"] = _differences(before.options, after.options)
    row["outputs"] = _output_differences(before, after)
    row["changes"] = _changes(row)
    return row


def _changes(row: TaskComparisonRow) -> list[str]:
    found = {
        "code": row["code"] == "changed",
        "inputs": bool(row["inputs"]),
        "options": bool(row["options"]),
        "results": any(each["verdict"] not in ("alike", "unknown") for each in row["outputs"]),
        "state": _outcome(row["before_state"]) != _outcome(row["after_state"]),
    }
    return [kind for kind in KINDS if found.get(kind)]


def _outcome(state: str) -> str:
    # Whether it had to run says nothing of how it ended.
    return "succeeded" if state == "cached" else state


def _input_differences(before: ComparedTask, after: ComparedTask) -> list[DifferenceRow]:
    if before.inputs is not None and after.inputs is not None:
        found = _differences(before.inputs, after.inputs)
        if found:
            return found
    return _differences({"reads": before.reads}, {"reads": after.reads})


def _differences(before: Texts, after: Texts) -> list[DifferenceRow]:
    names = dict.fromkeys((*before, *after))
    pairs = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return [{"name": name, "before": old, "after": new} for name, old, new in pairs if old != new]


def _output_differences(before: ComparedTask, after: ComparedTask) -> list[OutputDifferenceRow]:
    # Of a task that made nothing yet, or failed, its state says enough.
    if "succeeded" not in {before.row["state"]} & {after.row["state"]}:
        return []
    old, new = before.outputs, after.outputs
    found = [
        _output(name, old.get(name), new.get(name), before.digests, after.digests)
        for name in dict.fromkeys((*old, *new))
    ]
    return [row for row in found if row["verdict"] in _TOLD]


def _output(
    name: str,
    old: OutputRow | None,
    new: OutputRow | None,
    old_digests: Mapping[str, str],
    new_digests: Mapping[str, str],
) -> OutputDifferenceRow:
    looks = _look(old), _look(new)
    if old is None or new is None:
        verdict = "added" if old is None else "removed"
    else:
        verdict = _verdict(old, new, (old_digests.get(name, ""), new_digests.get(name, "")))
    return {"name": name, "verdict": verdict, "before": looks[0], "after": looks[1]}


def _verdict(old: OutputRow, new: OutputRow, digests: tuple[str, str]) -> str:
    is_known = all(digests)
    if is_known and digests[0] == digests[1]:
        return "same"
    told = ("type", "summary", "preview")
    if any(old[part] != new[part] for part in told):  # type: ignore[literal-required]
        return "differs"
    if not is_known:
        return "unknown"
    # Equal values may have other bytes; where all of a value is seen, that is what tells.
    seen = old["preview"]
    return "differs" if seen is None or len(seen) >= PREVIEW_CHARS else "alike"


def _look(row: OutputRow | None) -> str:
    if row is None:
        return ""
    said = row["summary"] if row["preview"] is None else row["preview"]
    return bounded_text(" ".join((said or row["type"]).split()), _LOOK_CHARS)


def _rank(row: TaskComparisonRow) -> tuple[int, float]:
    changed = time_change(row)
    return (-len(row["changes"]), 0.0 if changed is None else -abs(changed))
