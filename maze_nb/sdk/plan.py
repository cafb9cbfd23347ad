"""What a run would do, before it does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import overload

import msgspec

from maze_nb.wire.submission import PlannedTask


class Plan(Sequence[PlannedTask]):
    """What a run would do with each task; shown as a table."""

    def __init__(self, tasks: Iterable[PlannedTask]) -> None:
        self._tasks = list(tasks)

    @overload
    def __getitem__(self, index: int) -> PlannedTask: ...

    @overload
    def __getitem__(self, index: slice) -> list[PlannedTask]: ...

    def __getitem__(self, index: int | slice) -> PlannedTask | list[PlannedTask]:
        return self._tasks[index]

    def __len__(self) -> int:
        return len(self._tasks)

    def __repr__(self) -> str:
        # As little as possible is imported until a plan is shown.
        from maze_nb.projection.plan_text import plan_text

        return plan_text(map(msgspec.structs.asdict, self._tasks))

    def _repr_html_(self) -> str:
        from maze_nb.projection.plan_text import plan_html

        return plan_html(map(msgspec.structs.asdict, self._tasks))
