"""Where the inputs of one task come from in the Dask graph of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from msgspec.structs import replace

from maze_nb.runners.references import Reference
from maze_nb.sdk.workflow_task import Either, OutputReference, references_in
from maze_nb.wire.kept_value import KeptValue
from maze_nb.wire.keys import DaskKey
from maze_nb.wire.task_call import Source


@dataclass(slots=True)
class InputSources:
    """The inputs of one task while they are gathered."""

    key_of: Callable[[OutputReference], DaskKey]
    sources: dict[str, Source] = field(default_factory=dict)
    references: list[Source] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    dependencies: dict[DaskKey, int] = field(default_factory=dict)
    values: dict[str, int] = field(default_factory=dict)

    def kept(self, value: KeptValue) -> Source:
        """Return where a value in a file comes from."""
        return Source(-2 - self.values.setdefault(value.name, len(self.values)))

    def position(self, key: DaskKey) -> int:
        """Return where a key stands among the dependencies; add it if it is not there."""
        return self.dependencies.setdefault(key, len(self.dependencies))

    def source(self, value: OutputReference | Either) -> Source:
        """Return where the value of an output comes from, or that of the first that is made."""
        found = tuple(
            Source(
                self.position(self.key_of(each)),
                each.name,
                artifact=(each.artifact, each.task.name) if each.artifact else None,
            )
            for each in references_in(value)
        )
        return replace(found[0], others=found[1:])

    def refer(self, leaf: Any) -> Any:
        """Put a numbered placeholder where an output reference stands."""
        if not isinstance(leaf, OutputReference | Either):
            return leaf
        self.references.append(self.source(leaf))
        return Reference(len(self.references) - 1)
