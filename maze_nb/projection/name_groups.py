"""Groups that only names tell of: ``train/svm`` and ``train.knn``, ``load_1`` to ``load_500``.

The live view finds the same ones: ``extension/src/model/name_groups.ts`` has the same rule, and
both are held against one table of cases.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from maze_nb.projection.graph_shape import GraphShape, ShapeTask

MANY = 10
"""Fewer of a name than this are told apart more easily than opened."""
_DEEPEST = 8
# Between digits a dot is part of a number.
_SEPARATOR = re.compile(r"/|(?<![0-9])\.|\.(?![0-9])")
_NUMBER_AT_END = re.compile(r"[\s_.\-#\[(]*[0-9]+[\])]*\Z")
_CLOSING = re.compile(r"([0-9]+)[\])]*\Z")
_BEFORE_NUMBER = re.compile(r"(.*?)[0-9]*[^0-9]*\Z")

_Named = tuple[str, str] | None


def groups_by_name(shape: GraphShape) -> dict[str, list[str]]:
    """Return the groups of each task, the outermost first: sub-workflows, then those of names."""
    tasks = list(shape.tasks.values())
    groups = [list(task.group) for task in tasks]
    rests = _split_prefixes(tasks, groups)
    _gather(groups, [(_NUMBER_AT_END.sub("", rest), _before_number(rest)) for rest in rests], MANY)
    return {task.id: group for task, group in zip(tasks, groups, strict=True)}


def _split_prefixes(tasks: Sequence[ShapeTask], groups: Sequence[list[str]]) -> list[str]:
    """Add the groups of prefixes; return what is left of each name."""
    parts = [[part for part in _SEPARATOR.split(task.name) if part] for task in tasks]
    deepest = min(_DEEPEST, max(map(len, parts), default=0))
    for level in range(deepest - 1):
        _gather(
            groups,
            [(part[level], part[level]) if len(part) > level + 1 else None for part in parts],
            2,
        )
    return [part[-1] if part else task.name for part, task in zip(parts, tasks, strict=True)]


def _gather(groups: Sequence[list[str]], keys: Sequence[_Named], least: int) -> None:
    """Add one more group for those of one group with one key, if that tells some of them apart.

    Parameters
    ----------
    keys
        For each task what it has in common with others, and how the group is called by it.
    """
    inside = ["/".join(group) for group in groups]
    around = Counter(inside)
    sizes: Counter[tuple[str, str]] = Counter()
    labels: dict[tuple[str, str], str] = {}
    for path, named in zip(inside, keys, strict=True):
        if named is not None and named[0]:
            sizes[path, named[0]] += 1
            labels.setdefault((path, named[0]), f"{named[1].replace('/', '∕')}*")
    for group, path, named in zip(groups, inside, keys, strict=True):
        if named is None or not named[0]:
            continue
        key = path, named[0]
        if least <= sizes[key] < (around[path] if path else len(groups)):
            group.append(labels[key])


def _before_number(name: str) -> str:
    found = _BEFORE_NUMBER.match(_CLOSING.sub(r"\1", name))
    return (found.group(1) if found else "") or name
