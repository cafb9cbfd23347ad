"""Which groups of a graph are one card each, until somebody opens them in the live view.

The live view folds alike at first: ``extension/src/model/groups.ts`` has the same rule, and both
are held against one table of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from maze_nb.projection.circles import circles_of
from maze_nb.projection.graph_shape import GraphShape
from maze_nb.projection.name_groups import groups_by_name

FEW = 3
"""A group of more tasks than this is one card."""
SMALL_GRAPH = 60
"""Of a graph with no more tasks than this, a group of names has to be worth its card."""
_WORTH_A_CARD = 10
_FEWEST_CARDS = 4


@dataclass(frozen=True, slots=True)
class Group:
    """A group of tasks that is one card.

    Attributes
    ----------
    path
        Its name after those of the groups around it: ``prepare/clean``.
    members
        Ids of its tasks.
    is_of_names
        Whether only names tell of it.
    """

    path: str
    members: tuple[str, ...]
    is_of_names: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """The groups of a graph; ``of_names`` are those that only names tell of."""

    paths: Mapping[str, Sequence[str]]
    members: Mapping[str, Sequence[str]]
    of_names: frozenset[str]


def folded_groups(shape: GraphShape) -> list[Group]:
    """Return the groups that are one card each, in the order of their first tasks."""
    grouping = _grouping_of(shape)
    closed = _closed_at_first(grouping)
    while closed:
        card_of = _cards(grouping, closed)
        ends = {(card_of[source], card_of[target]) for source, target in shape.edges}
        cards = list(dict.fromkeys(card_of.values()))
        opened: set[str] = set()
        # A group with a task between its own would come both before and after that task.
        for circle in circles_of(cards, ends):
            paths = [path for path in circle if path in closed]
            opened.update([path for path in paths if path in grouping.of_names] or paths)
        if not opened:
            return [
                Group(path, tuple(grouping.members[path]), path in grouping.of_names)
                for path in cards
                if path in closed
            ]
        closed -= opened
    return []


def _cards(grouping: _Grouping, closed: set[str]) -> dict[str, str]:
    """Return the closed group of each task, or what no group is called for a task of none."""
    return {
        task_id: next((path for path in paths if path in closed), f"\n{task_id}")
        for task_id, paths in grouping.paths.items()
    }


def _grouping_of(shape: GraphShape) -> _Grouping:
    all_paths: dict[str, list[str]] = {}
    members: dict[str, list[str]] = {}
    of_names: set[str] = set()
    for task_id, group in groups_by_name(shape).items():
        own = ["/".join(group[: at + 1]) for at in range(len(group))]
        all_paths[task_id] = own
        for path in own:
            members.setdefault(path, []).append(task_id)
        of_names.update(own[len(shape.tasks[task_id].group) :])
    return _Grouping(all_paths, members, frozenset(of_names))


def _closed_at_first(grouping: _Grouping) -> set[str]:
    is_small = len(grouping.paths) <= SMALL_GRAPH
    chosen = {
        path
        for path, ids in grouping.members.items()
        if len(ids) > FEW
        and (not is_small or path not in grouping.of_names or len(ids) >= _WORTH_A_CARD)
    }
    # A small graph that came down to two or three cards would say nothing.
    if is_small and len(set(_cards(grouping, chosen).values())) < _FEWEST_CARDS:
        return chosen - grouping.of_names
    return chosen
