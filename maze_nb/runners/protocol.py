"""What every runner offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from maze_nb.wire.task_call import TaskCall


class Runner(Protocol):
    """Executes the tasks of one kind."""

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Execute one task.

        Parameters
        ----------
        call
            What to call and what it must return.
        code
            The task's code as this kind packs it.
        constants
            The pickled inputs that no other task makes.
        dependencies
            What the tasks it depends on returned, in the order that ``call`` counts them.

        Returns
        -------
        dict
            Exactly the outputs that ``call`` declares, by name.

        Raises
        ------
        Exception
            Whatever the user's code raises.
        """
        ...
