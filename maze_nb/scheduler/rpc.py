"""What clients can ask the scheduler."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from distributed.scheduler import Scheduler

from maze_nb.errors import MazeError, UnknownTaskError, nearest
from maze_nb.model.ids import TaskId
from maze_nb.model.message_types import BY_REQUEST
from maze_nb.model.states import RunStatus, TaskState
from maze_nb.scheduler.admission import Admission
from maze_nb.scheduler.archive import Archive
from maze_nb.scheduler.blobs import Blobs
from maze_nb.scheduler.conductor import Conductor
from maze_nb.scheduler.drains import Drains
from maze_nb.scheduler.files import Files
from maze_nb.scheduler.joining import why_held
from maze_nb.scheduler.nodes import NodeList
from maze_nb.scheduler.run_record import RunRecord, TaskRecord
from maze_nb.version import __version__
from maze_nb.wire.messages import join_events
from maze_nb.wire.reply import replying
from maze_nb.wire.submission import decode_stored, decode_submission, encode
from maze_nb.wire.task_story import TaskStories, encode_story, story_of

_LONGEST_WAIT = 30.0
_EVENTS_AT_ONCE = 2000
_TASKS_NAMED = 5
_ELSEWHERE_SECONDS = 0.5


class Rpc:
    """The handlers of Maze's remote calls."""

    def __init__(
        self,
        scheduler: Scheduler,
        conductor: Conductor,
        archive: Archive,
        admission: Admission,
        nodes: NodeList,
        drains: Drains,
    ) -> None:
        self._scheduler = scheduler
        self._archive = archive
        self._admission = admission
        self._files = Files(scheduler, conductor.crew)
        self._blobs = Blobs(scheduler, archive)
        self._conductor = conductor
        self._nodes = nodes
        self._drains = drains

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """Return the handlers by the name under which they are called."""
        found: dict[str, Callable[..., Any]] = {
            "maze_submit": self._admission.submit,
            "maze_resume": self.resume,
            "maze_rerun": self.rerun,
            "maze_plan": self.plan,
            "maze_plan_resume": self.plan_resume,
            "maze_read": self.read,
            "maze_store": self.store,
            "maze_events_after": self.events_after,
            "maze_runs": self.runs,
            "maze_nodes": self.nodes,
            "maze_explain": self.explain,
            "maze_story": self.story,
            "maze_stories": self.stories,
            "maze_cancel": self.cancel,
            "maze_supersede": self.supersede,
            "maze_drain": self.drain,
            "maze_undrain": self.undrain,
            "maze_forget": self.forget,
            "maze_want": self.want,
            **self._blobs.handlers(),
        }
        # Every version of Maze has to understand what is said of the version.
        return {
            "maze_version": self.version,
            **{name: replying(handler) for name, handler in found.items()},
        }

    async def version(self) -> str:
        """Return the version of Maze that runs here."""
        return __version__

    async def events_after(self, run_id: str, seq: int, wait: float) -> dict[str, Any]:
        """Return the events of a run above `seq`; wait up to `wait` seconds if there are none.

        With them comes why new ones cannot be put on disk, if that is so.
        """
        run = self._conductor.runs.get(run_id)
        if run is not None and not self._news_of(run, seq) and wait > 0:
            run.news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(run.news.wait(), min(wait, _LONGEST_WAIT))
            run = self._conductor.runs.get(run_id)
        if run is not None:
            trouble = self._conductor.writer.trouble
            news = join_events(self._news_of(run, seq))
            return {"events": news, "trouble": str(trouble or ""), "is_interrupted": False}
        found = await self._archive.events_after(run_id, seq, _EVENTS_AT_ONCE)
        is_interrupted = False
        if not found:
            status = (await self._archive.find(run_id)).status
            is_interrupted = status == RunStatus.INTERRUPTED
            if status == RunStatus.RUNNING:
                # Another scheduler carries it through.
                await asyncio.sleep(min(wait, _ELSEWHERE_SECONDS))
        return {"events": join_events(found), "trouble": "", "is_interrupted": is_interrupted}

    async def runs(self) -> bytes:
        """Return all runs, oldest first."""
        return encode(await self._archive.summaries())

    async def nodes(self) -> bytes:
        """Return all nodes."""
        return encode(self._nodes.all())

    async def explain(self, run_id: str, task_id: str) -> str:
        """Return where a task stands, and why it waits if it does."""
        run = self._conductor.runs.get(run_id)
        if run is None:
            return await self._archive.state_of(run_id, task_id)
        task = self._task(run, task_id)
        reason = self._conductor.engine.explain(task.key, time.monotonic())
        state = run.progress.states[task.spec.task_id]
        if reason is not None:
            return f"ready, but {reason}"
        if task.joined_to:
            return why_held(task)
        if not state.is_final and task.key in self._conductor.engine.fleet.place_of:
            return f"running on {task.slot_id}"
        if state == TaskState.WAITING:
            return _what_it_waits_for(run, task) or state.value
        return state.value

    async def story(self, run_id: str, task_id: str) -> bytes:
        """Return what was told of a task when its run was submitted: source and inputs."""
        run = self._conductor.runs.get(run_id)
        if run is not None:
            return encode_story(story_of(run.submission.stories, task_id))
        data, _ = await self._archive.submission(run_id)
        submission = await asyncio.to_thread(decode_submission, data)
        return encode_story(story_of(submission.stories, task_id))

    async def stories(self, run_id: str) -> bytes:
        """Return what was told of all tasks of a run when it was submitted."""
        run = self._conductor.runs.get(run_id)
        if run is not None:
            return encode(run.submission.stories or TaskStories())
        data, _ = await self._archive.submission(run_id)
        submission = await asyncio.to_thread(decode_submission, data)
        return encode(submission.stories or TaskStories())

    async def cancel(self, run_id: str, task_id: str | None = None) -> None:
        """Cancel one task of a run, or all that has not ended."""
        run = self._conductor.runs.get(run_id)
        if run is None:
            await self._refuse_interrupted(run_id)
        elif task_id is None:
            self._conductor.cancel(run, "the run was cancelled")
        else:
            self._conductor.cancel_task(self._task(run, task_id), BY_REQUEST)

    async def supersede(self, run_id: str) -> None:
        """Cancel what nobody waits for of a run in whose place there is another."""
        run = self._conductor.runs.get(run_id)
        if run is not None:
            self._admission.joining.supersede(run)

    async def drain(self, node_id: str, then_close: bool = False) -> None:
        """Give a node no new work, and close its workers once they have nothing left to do."""
        self._drains.drain(node_id, close=then_close)

    async def undrain(self, node_id: str) -> None:
        """Give a drained node work again."""
        self._drains.undrain(node_id)

    async def forget(self, run_id: str) -> None:
        """Drop a run with its results and events."""
        stored = await self._archive.find(run_id)
        run = self._conductor.runs.get(run_id)
        if run is not None:
            self._conductor.forget(run)
            await self._conductor.writer.settled()
        await self._archive.forget([run_id])
        left = await self._archive.all()
        needed = {other.run_id for other in left}.union(*(other.uses for other in left))
        # Of runs that were forgotten before it, it may have been the last to use the files.
        await self._files.drop([each for each in (run_id, *stored.uses) if each not in needed])
        await self._blobs.sweep()

    async def resume(self, run_id: str) -> None:
        """Take up an interrupted run."""
        await self._admission.resume(run_id)

    async def rerun(
        self,
        run_id: str,
        new_run_id: str,
        failed_only: bool,
        from_task: str | None = None,
        leave_failed: bool = False,
    ) -> None:
        """Begin a run of the same workflow with the results of an earlier one, as far as asked."""
        await self._admission.rerun(run_id, new_run_id, failed_only, from_task, leave_failed)

    async def plan(self, submission: bytes) -> bytes:
        """Return for each task of a workflow whether it would run, and why."""
        return encode(await self._conductor.reuse.plan(decode_submission(submission)))

    async def plan_resume(self, run_id: str) -> bytes:
        """Return for each task of a run whether it would run if the run were taken up again."""
        return encode(await self._archive.plan(run_id))

    async def read(self, stored: bytes, offset: int) -> dict[str, Any]:
        """Return a piece of a file of stored outputs, by way of a worker that can see it."""
        return await self._files.read(decode_stored(stored), offset)

    async def store(self) -> tuple[str, str]:
        """Return on which host and where the run store is: it may be that of the client too."""
        return socket.gethostname(), self._conductor.writer.store.place

    async def want(self, key: list[str]) -> bool:
        """Return whether Dask holds a task's outputs, or will now make them again."""
        state = self._scheduler.tasks.get(tuple(key))
        if state is None or state.state in ("erred", "forgotten"):
            return False
        task = self._conductor.tasks.get((key[0], key[1]))
        if task is not None and state.state != "memory":
            self._conductor.lost_results.want(task)
        return True

    def _task(self, run: RunRecord, task_id: str) -> TaskRecord:
        task = run.tasks.get(TaskId(task_id))
        if task is None:
            raise UnknownTaskError(
                f"run {run.run_id!r} has no task {task_id!r}: {nearest(task_id, run.tasks)}"
            )
        return task

    def _news_of(self, run: RunRecord, seq: int) -> list[bytes]:
        """Return the events above `seq` that are on disk; all, if they cannot be put there."""
        known = len(run.events) if self._conductor.writer.trouble else run.written
        return run.events[max(seq, 0) : min(known, max(seq, 0) + _EVENTS_AT_ONCE)]

    async def _refuse_interrupted(self, run_id: str) -> None:
        run = await self._archive.find(run_id)
        if run.status == RunStatus.INTERRUPTED:
            raise MazeError(
                f"run {run_id!r} is interrupted: it does not go on, so nothing of it "
                f"can be cancelled"
            )
        if run.finished is None:
            raise MazeError(f"run {run_id!r} goes on in another scheduler: cancel it there")


def _what_it_waits_for(run: RunRecord, task: TaskRecord) -> str:
    """Return which tasks have to end before this one, with how they stand."""
    before = set(run.progress.sources[task.spec.task_id])
    ahead = [
        f"{run.tasks[task_id].spec.name!r} ({run.progress.states[task_id].value})"
        for task_id in before
        if not run.progress.states[task_id].is_final
    ]
    more = f" and {len(ahead) - _TASKS_NAMED} more" if len(ahead) > _TASKS_NAMED else ""
    return f"waits for {', '.join(sorted(ahead)[:_TASKS_NAMED])}{more}" if ahead else ""
