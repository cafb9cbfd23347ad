"""What clients can ask the scheduler."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

from distributed.scheduler import Scheduler
from distributed.spans import SpanMetadata

from maze_nb.errors import MazeError, UnknownRunError, UnknownTaskError, nearest
from maze_nb.model.events import BY_REQUEST
from maze_nb.model.ids import TaskId
from maze_nb.model.states import TaskState
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.drains import Drains
from maze_nb.scheduler.nodes import NodeList
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.version import __version__
from maze_nb.wire.messages import encode_events
from maze_nb.wire.reply import replying
from maze_nb.wire.submission import RunSummary, decode_submission, encode

_LONGEST_WAIT = 30.0
_EVENTS_AT_ONCE = 2000
_TASKS_NAMED = 5


class Rpc:
    """The handlers of Maze's remote calls."""

    def __init__(
        self, scheduler: Scheduler, conductor: Conductor, nodes: NodeList, drains: Drains
    ) -> None:
        self._scheduler = scheduler
        self._conductor = conductor
        self._nodes = nodes
        self._drains = drains

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the handlers by the name under which they are called."""
        found: dict[str, Callable[..., Any]] = {
            "maze_submit": self.submit,
            "maze_events_after": self.events_after,
            "maze_runs": self.runs,
            "maze_nodes": self.nodes,
            "maze_explain": self.explain,
            "maze_cancel": self.cancel,
            "maze_drain": self.drain,
            "maze_undrain": self.undrain,
            "maze_forget": self.forget,
            "maze_want": self.want,
        }
        # Every version of Maze has to understand what is said of the version.
        return {
            "maze_version": self.version,
            **{name: replying(handler) for name, handler in found.items()},
        }

    async def version(self) -> str:
        """Return the version of Maze that runs here."""
        return __version__

    async def submit(
        self, submission: bytes, graph: Any, keys: list[Any], order: list[Any]
    ) -> None:
        """Begin a run.

        Parameters
        ----------
        graph
            Its Dask graph, serialized.
        keys
            What of it is to be kept.
        order
            Every key of the graph with its rank; lower goes first.
        """
        decoded = decode_submission(submission)
        if decoded.run_id in self._conductor.runs:
            return
        run = self._conductor.add_run(decoded)
        if not keys:
            return
        wanted: set[Any] = {tuple(key) for key in keys}
        await self._scheduler.update_graph(
            client=run.holder,
            expr_ser=graph,
            keys=wanted,
            span_metadata=SpanMetadata(collections=[{"type": "maze-run"}]),
            internal_priority={tuple(key): rank for key, rank in order},
            submitting_task=None,
            stimulus_id=f"maze-submit-{run.run_id}",
        )
        if not all(task.key in self._scheduler.tasks for task in run.tasks.values()):
            self._conductor.forget(run)
            raise MazeError("the scheduler could not take the graph of this run; its log says why")

    async def events_after(self, run_id: str, seq: int, wait: float) -> dict[str, Any]:
        """Return the events of a run above `seq`; wait up to `wait` seconds if there are none."""
        run = self._run(run_id)
        events = self._events(run_id, seq)
        if not events and run.finished is None and wait > 0:
            run.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.news.wait(), min(wait, _LONGEST_WAIT))
            events = self._events(self._run(run_id).run_id, seq)
        return {"events": encode_events(events)}

    async def runs(self) -> bytes:
        """Return all runs, oldest first."""
        return encode([_summary(run) for run in self._conductor.runs.values()])

    async def nodes(self) -> bytes:
        """Return all nodes."""
        return encode(self._nodes.all())

    async def explain(self, run_id: str, task_id: str) -> str:
        """Return where a task stands, and why it waits if it does."""
        run = self._run(run_id)
        task = self._task(run, task_id)
        reason = self._conductor.engine.explain(task.key, time.monotonic())
        state = run.progress.states[task.spec.task_id]
        if reason is not None:
            return f"ready, but {reason}"
        if not state.is_final and task.key in self._conductor.engine.fleet.place_of:
            return f"running on {task.slot_id}"
        if state == TaskState.WAITING:
            return _what_it_waits_for(run, task) or state.value
        return state.value

    async def cancel(self, run_id: str, task_id: str | None = None) -> None:
        """Cancel one task of a run, or all that has not ended."""
        run = self._run(run_id)
        if task_id is None:
            self._conductor.cancel(run, "the run was cancelled")
        else:
            self._conductor.cancel_task(self._task(run, task_id), BY_REQUEST)

    async def drain(self, node_id: str, then_close: bool = False) -> None:
        """Give a node no new work, and close its workers once they have nothing left to do."""
        self._drains.drain(node_id, close=then_close)

    async def undrain(self, node_id: str) -> None:
        """Give a drained node work again."""
        self._drains.undrain(node_id)

    async def forget(self, run_id: str) -> None:
        """Drop a run with its results and events."""
        self._conductor.forget(self._run(run_id))

    async def want(self, key: list[str]) -> bool:
        """Return whether Dask holds a task's outputs, or will now make them again."""
        state = self._scheduler.tasks.get(tuple(key))
        if state is None or state.state in ("erred", "forgotten"):
            return False
        task = self._conductor.tasks.get((key[0], key[1]))
        if task is not None and state.state != "memory":
            self._conductor.lost_results.want(task)
        return True

    def _run(self, run_id: str) -> RunRecord:
        run = self._conductor.runs.get(run_id)
        if run is None:
            raise UnknownRunError(
                f"run {run_id!r} is not known here: {nearest(run_id, self._conductor.runs)}"
            )
        return run

    def _task(self, run: RunRecord, task_id: str) -> TaskRecord:
        task = run.tasks.get(TaskId(task_id))
        if task is None:
            raise UnknownTaskError(
                f"run {run.run_id!r} has no task {task_id!r}: {nearest(task_id, run.tasks)}"
            )
        return task

    def _events(self, run_id: str, seq: int) -> Any:
        return self._conductor.journal.store.events_after(run_id, seq, _EVENTS_AT_ONCE)


def _what_it_waits_for(run: RunRecord, task: TaskRecord) -> str:
    """Return which tasks have to end before this one, with how they stand."""
    before = {
        edge.source for edge in run.submission.graph.edges if edge.target == task.spec.task_id
    }
    ahead = [
        f"{run.tasks[task_id].spec.name!r} ({run.progress.states[task_id].value})"
        for task_id in before
        if not run.progress.states[task_id].is_final
    ]
    more = f" and {len(ahead) - _TASKS_NAMED} more" if len(ahead) > _TASKS_NAMED else ""
    return f"waits for {', '.join(sorted(ahead)[:_TASKS_NAMED])}{more}" if ahead else ""


def _summary(run: RunRecord) -> RunSummary:
    graph = run.submission.graph
    ended = run.finished is not None
    return RunSummary(
        run_id=run.run_id,
        workflow_id=graph.workflow_id,
        workflow_name=graph.name,
        status=run.progress.final_status().value if ended else "running",
        started=run.started,
        finished=run.finished,
        counts={state.value: count for state, count in run.progress.counts.items() if count},
    )
