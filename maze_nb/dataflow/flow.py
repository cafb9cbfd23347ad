"""What is sure about names at one point of a cell, and how paths through it join."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Flow:
    """What is known of names at one point.

    Parameters
    ----------
    settled
        Names whose value from outside is gone for sure, by assignment or deletion: reading
        one of them here does not read from outside.
    live
        Names that may hold a value made here.
    is_reachable
        False behind a ``raise``, ``return``, ``break`` or ``continue``.
    """

    settled: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()
    is_reachable: bool = True

    def assigned(self, name: str) -> Flow:
        """Return the flow after `name` was given a value."""
        return replace(self, settled=self.settled | {name}, live=self.live | {name})

    def deleted(self, name: str) -> Flow:
        """Return the flow after `name` was deleted."""
        return replace(self, settled=self.settled | {name}, live=self.live - {name})

    def maybe_assigned(self, names: frozenset[str]) -> Flow:
        """Return the flow after `names` may or may not have been given a value."""
        return replace(self, live=self.live | names)

    def left(self) -> Flow:
        """Return the flow of a path that goes no further."""
        return replace(self, is_reachable=False)


def join(*flows: Flow) -> Flow:
    """Return what is sure where several paths meet; paths that ended do not count."""
    open_ends = [flow for flow in flows if flow.is_reachable]
    if not open_ends:
        return flows[0].left()
    settled = frozenset.intersection(*(flow.settled for flow in open_ends))
    live = frozenset[str]().union(*(flow.live for flow in open_ends))
    return Flow(settled, live)
