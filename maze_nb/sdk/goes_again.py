"""How a run is taken up or run again, and what that would compute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from maze_nb.model.ids import new_run_id
from maze_nb.sdk.plan import Plan
from maze_nb.wire.submission import decode_plan

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run


class Submitted(Protocol):
    """A run that somebody submitted, as far as it is taken up or run again."""

    run_id: str

    def _call(self, operation: str, **arguments: Any) -> Any: ...

    def _taken_up(self, run_id: str) -> Run: ...

    def task_id_of(self, task: Any) -> str:
        """Return the id of a task."""
        ...


class GoesAgain:
    """Takes a run up, or runs it again."""

    def resume(self: Submitted) -> Run:
        """Take up this run, whose scheduler was lost: only what has no stored result is computed.

        Returns
        -------
        Run
            This run, at once.

        Raises
        ------
        MazeError
            If it has ended, or goes on.
        """
        self._call("maze_resume", run_id=self.run_id)
        return self._taken_up(self.run_id)

    def plan(self: Submitted) -> Plan:
        """Return what ``resume()``, or ``rerun(failed_only=True)``, would do with each task."""
        return Plan(decode_plan(self._call("maze_plan_resume", run_id=self.run_id)))

    def rerun(
        self: Submitted,
        *,
        failed_only: bool = False,
        from_task: Any = None,
        leave_failed: bool = False,
    ) -> Run:
        """Run the same workflow again, as it was frozen then, in a new run.

        Parameters
        ----------
        failed_only
            Whether all results that are stored are taken over, so that only what failed, was
            skipped or cancelled, or whose result is gone, is computed.
        from_task
            A task, its id, or its name if no other has it: this one and all that depends on it are
            computed again, and of the others only those without a stored result.
        leave_failed
            Whether these others do not run either, but those that ``from_task`` cannot do without:
            what failed beside it is cancelled in the new run, and what needs it is skipped.

        Returns
        -------
        Run
            The new run, at once.

        Raises
        ------
        UnknownTaskError
            If the run has no such task.
        """
        task_id = None if from_task is None else self.task_id_of(from_task)
        run_id = new_run_id()
        self._call(
            "maze_rerun",
            run_id=self.run_id,
            new_run_id=run_id,
            failed_only=failed_only,
            from_task=task_id,
            leave_failed=leave_failed,
        )
        return self._taken_up(run_id)
