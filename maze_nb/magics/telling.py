"""What magics say back: errors without frames, and what came of runs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from maze_nb.errors import CellError, MazeError
from maze_nb.magics.session import Bound, Session
from maze_nb.model.states import RunStatus
from maze_nb.projection.humane import duration_text
from maze_nb.sdk.run import Run
from maze_nb.wire.submission import RunSummary

Method = Callable[..., Any]


def plainly(method: Method) -> Method:
    """Show an error of Maze as its message alone, and an interrupt as such, without frames."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except MazeError as error:
            text = f"{type(error).__name__}: {error}"
            error._render_traceback_ = lambda: text.split("\n")  # type: ignore[attr-defined]
            raise
        except KeyboardInterrupt as interrupt:
            interrupt._render_traceback_ = lambda: ["KeyboardInterrupt"]  # type: ignore[attr-defined]
            raise

    return call


def refuse_words(magic: str, line: str) -> None:
    """Raise CellError if a magic that takes nothing was given something."""
    if line.strip():
        raise CellError(f"%{magic} takes no arguments, but got {line.strip()!r}")


def finish(session: Session, run: Run, namespace: dict[str, Any]) -> None:
    """Show a run until it ends, say what it brought back, and raise what failed."""
    try:
        bound, failure = session.finish(run, namespace)
    except KeyboardInterrupt:
        print(f"interrupted: {cancelled_text(run)}")  # noqa: T201
        raise
    for text in bound_text(bound):
        print(text)  # noqa: T201
    if failure is not None:
        raise failure


def bound_text(bound: Bound) -> list[str]:
    """Return what there is to say of what a run brought back."""
    said = []
    if bound.names:
        said.append(f"now in the notebook: {', '.join(bound.names)}")
    said += [f"not in the notebook: {absent.name} ({absent.reason})" for absent in bound.absent]
    if bound.inner:
        said.append(f"kept, by %maze_results: {', '.join(bound.inner)}")
    return said


def cancelled_text(run: Run) -> str:
    """Return what became of a run that was to be cancelled."""
    if run.is_finished:
        return f"run {run.run_id} ended as {run.status}"
    return f"run {run.run_id} is being cancelled; %maze_runs tells when it has ended"


def attached_text(run: Run) -> str:
    """Return how a run stands that was found again, and what can be done with it."""
    if run.status == RunStatus.INTERRUPTED:
        return f"run {run.run_id} is interrupted, as its scheduler was lost: %maze_resume goes on"
    if run.is_finished:
        return f"run {run.run_id} ended as {run.status}; %maze_results has what it made"
    # It stays below a view that is live, so it must not be wrong once the run has ended.
    return f"attached to run {run.run_id}: %maze_results, %maze_cancel"


def run_line(run: RunSummary) -> str:
    """Return a run as one line of a list."""
    counts = ", ".join(f"{count} {state}" for state, count in sorted(run.counts.items()))
    taken = duration_text(run.finished - run.started) if run.finished else "…"
    listed = f": {counts}" if counts else ""
    return f"{run.run_id}  {run.status:<11}  {taken:>10}  {run.workflow_name}{listed}"
