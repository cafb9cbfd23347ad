"""What was seen of a cell's names while walking through it."""

from __future__ import annotations

from dataclasses import dataclass, field

from maze_nb.dataflow.flow import Flow
from maze_nb.dataflow.names import ImportedName, MagicLine


@dataclass
class Record:
    """Module-level names that a block touches, each with the line where it first does.

    One is kept for the cell itself, and one for every function in it, whose reads and changes
    happen when it is called and not where it is written.
    """

    reads: dict[str, int] = field(default_factory=dict)
    soft_reads: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    mutates: dict[str, int] = field(default_factory=dict)
    deletes: dict[str, int] = field(default_factory=dict)
    definitions: dict[str, int] = field(default_factory=dict)
    assigned: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    """Names that are stored otherwise than as the target of a ``for`` loop."""
    imports: list[ImportedName] = field(default_factory=list)
    star_imports: list[str] = field(default_factory=list)
    magics: list[MagicLine] = field(default_factory=list)

    def absorb(self, inner: Record) -> None:
        """Add what an inner block touches; lines already known stay."""
        for mine, theirs in (
            (self.reads, inner.reads),
            (self.soft_reads, inner.soft_reads),
            (self.writes, inner.writes),
            (self.mutates, inner.mutates),
            (self.deletes, inner.deletes),
        ):
            for name, line in theirs.items():
                mine.setdefault(name, line)
        self.assigned |= inner.assigned
        self.kept |= inner.kept
        self.magics.extend(inner.magics)


@dataclass
class Loop:
    """The paths that leave the body of a loop early, and the names stored in it."""

    breaks: list[Flow] = field(default_factory=list)
    continues: list[Flow] = field(default_factory=list)
    stored: frozenset[str] = frozenset()
