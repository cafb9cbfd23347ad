"""Takes the outputs of tasks from the result cache, and puts new ones there."""

from __future__ import annotations

from maze_nb.scheduler.run_record import RunRecord


class Reuse:
    """Knows what earlier runs have made."""

    def admit(self, run: RunRecord) -> None:
        """Take from the cache what is known before anything runs."""
