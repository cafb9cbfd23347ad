"""What magics say back: errors without frames, and what came of runs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from maze_nb.errors import MazeError
from maze_nb.magics.bound import Bound
from maze_nb.magics.kernel_end import KernelEnds
from maze_nb.magics.session import Session
from maze_nb.magics.stale_variables import Change
from maze_nb.magics.table import usage_of
from maze_nb.magics.usage import help_text
from maze_nb.model.states import RunStatus
from maze_nb.projection.humane import duration_text, typed_id
from maze_nb.sdk.run import Run
from maze_nb.wire.submission import RunSummary

_LISTED = 12

Method = Callable[..., Any]


def plainly(method: Method) -> Method:
    """Make a method a magic that people can use.

    An error of Maze shows as its message alone, and an interrupt as such, without frames; its
    help says what it takes.
    """

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except MazeError as error:
            text = f"{type(error).__name__}: {error}"
            if not hasattr(error, "_render_traceback_"):
                error._render_traceback_ = lambda: text.split("\n")  # type: ignore[attr-defined]
            raise
        except KeyboardInterrupt as interrupt:
            interrupt._render_traceback_ = lambda: ["KeyboardInterrupt"]  # type: ignore[attr-defined]
            raise

    usage = usage_of(method.__name__)
    if usage is not None:
        call.__doc__ = help_text(usage, method.__doc__ or "")
    return call


def finish(session: Session, run: Run) -> None:
    """Show a run until it ends, say what it brought back, and raise what failed."""
    try:
        bound, failure = session.finish(run)
    except KernelEnds:
        print(f"run {typed_id(run.run_id)} goes on in the cluster")  # noqa: T201
        raise
    except KeyboardInterrupt:
        print(f"interrupted: {cancelled_text(run)}")  # noqa: T201
        raise
    for text in bound_text(bound):
        print(text)  # noqa: T201
    if failure is not None:
        raise failure


def submitted_text(run: Run, is_new: bool) -> str:
    """Return what to say of a cell that was submitted as it was run."""
    if is_new:
        return f"run {typed_id(run.run_id)}"
    return (
        f"run {typed_id(run.run_id)} computes it already and goes on; to begin anew: "
        f"%maze_cancel {typed_id(run.run_id)}"
    )


def tell_changes(changes: Iterable[Change | str]) -> None:
    """Say what in the notebook is not as task cells have it."""
    for change in changes:
        print(change)  # noqa: T201


def bound_text(bound: Bound) -> list[str]:
    """Return what there is to say of what a run brought back."""
    said = []
    if bound.names:
        said.append(f"now in the notebook: {', '.join(bound.names)}")
    said += [f"not in the notebook: {absent.name} ({absent.reason})" for absent in bound.absent]
    for name, by in bound.left.items():
        said.append(
            f"left as it is: {name}, which {by} changed after its task; "
            f"del {name} brings what the task made"
        )
    said += [f"{lost_text(name, by)}" for name, by in bound.lost.items()]
    if bound.inner:
        said.append(f"read when a cell asks for them: {bounded_text(bound.inner)}")
    if bound.kept:
        said.append(f"kept, by %maze_results: {bounded_text(bound.kept)}")
    return said


def lost_text(name: str, by: str) -> str:
    """Return what to say where a task's value took the place of what a person had made of it."""
    return f"{name} is as its task made it now: what {by} had changed in it is gone"


def bounded_text(names: Sequence[str]) -> str:
    """Return names as a list of bounded length."""
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def cancelled_text(run: Run) -> str:
    """Return what became of a run that was to be cancelled."""
    if run.is_finished:
        return f"run {typed_id(run.run_id)} ended as {run.status}"
    return f"run {typed_id(run.run_id)} is being cancelled; %maze_runs tells when it has ended"


def attached_text(run: Run) -> str:
    """Return how a run stands that was found again, and what can be done with it."""
    which = f"run {typed_id(run.run_id)}"
    if run.status == RunStatus.INTERRUPTED:
        return f"{which} is interrupted, as its scheduler was lost: %maze_resume goes on"
    if run.is_finished:
        return f"{which} ended as {run.status}; %maze_results has what it made"
    # It stays below a view that is live, so it must not be wrong once the run has ended.
    return f"attached to {which}: %maze_results, %maze_cancel"


def run_line(run: RunSummary) -> str:
    """Return a run as one line of a list."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(run.counts.items()))
    taken = duration_text(run.finished - run.started) if run.finished else "…"
    listed = f": {counts}" if counts else ""
    return f"{typed_id(run.run_id)}  {run.status:<11}  {taken:>10}  {run.workflow_name}{listed}"
