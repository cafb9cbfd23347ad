"""What a file says, with the place where it says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; lines and columns count from 1."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """One value of a file.

    Attributes
    ----------
    value
        A dict of nodes by their keys, a list of nodes, or what a scalar means.
    place
        Where it begins.
    keys
        Of a dict, where each key stands.
    size
        How many values it is made of, counting what is named again each time.
    """

    value: Any
    place: Place
    keys: dict[Any, Place] = field(default_factory=dict)
    size: int = 1

    def get(self, key: Any) -> Node | None:
        """Return the value under a key, None if this is no dict or has no such key."""
        found: Node | None = self.value.get(key) if self.is_dict else None
        return found

    def items(self) -> Iterator[tuple[Any, Node]]:
        """Yield the keys and values of a dict; nothing of anything else."""
        yield from self.value.items() if self.is_dict else ()

    def key_place(self, key: Any) -> Place:
        """Return where a key stands, or else where this begins."""
        return self.keys.get(key, self.place)

    @property
    def is_dict(self) -> bool:
        """Whether it has keys."""
        return isinstance(self.value, dict)

    @property
    def is_list(self) -> bool:
        """Whether it has items."""
        return isinstance(self.value, list)

    def plain(self) -> Any:
        """Return what it means, without places."""
        if self.is_dict:
            return {key: each.plain() for key, each in self.value.items()}
        if self.is_list:
            return [each.plain() for each in self.value]
        return self.value

    def leaves(self, path: str = "") -> Iterator[tuple[str, Node]]:
        """Yield all scalars in it, each with its path."""
        if self.is_dict:
            for key, each in self.value.items():
                yield from each.leaves(below(path, key))
        elif self.is_list:
            for index, each in enumerate(self.value):
                yield from each.leaves(f"{path}[{index}]")
        else:
            yield path, self


def below(path: str, key: Any) -> str:
    """Return the path of a key below another path.

    Examples
    --------
    >>> below("tasks", "train"), below("", "tasks")
    ('tasks.train', 'tasks')
    """
    return f"{path}.{key}" if path else str(key)


def node_of(value: Any, place: Place) -> Node:
    """Return a value that comes from elsewhere as a node, all of it at one place."""
    if isinstance(value, Mapping):
        made = {key: node_of(each, place) for key, each in value.items()}
        return Node(made, place, dict.fromkeys(made, place))
    if isinstance(value, list | tuple):
        return Node([node_of(each, place) for each in value], place)
    return Node(value, place)
