"""What is told of tasks, their results and workers."""

from __future__ import annotations

from typing import ClassVar

from maze_nb.artifacts.folder_name import LOG, MANIFEST, SUMMARY
from maze_nb.artifacts.gateway import file_path
from maze_nb.model.states import TaskState
from maze_nb.scheduler.http.api_handler import ApiHandler
from maze_nb.scheduler.http.refusal import RefusedError
from maze_nb.version import __version__

MOST_ROWS = 1000
ROWS = 100
STATUSES = tuple(state.value for state in TaskState)


class Health(ApiHandler):
    """``/healthz``: whether the scheduler answers, to whoever asks."""

    is_open: ClassVar[bool] = True

    async def get(self) -> None:
        """Say that all is well, or what is not."""
        trouble = self.desk.conductor.writer.trouble
        if trouble is not None:
            raise RefusedError(503, "runs cannot be put on disk: the scheduler's log says why")
        self.tell({"status": "ok", "version": __version__})


class Tasks(ApiHandler):
    """``/api/v1/tasks``."""

    async def get(self) -> None:
        """Tell a page of tasks."""
        status = self.text("status")
        if status and status not in STATUSES:
            raise RefusedError(400, f"status has to be one of {', '.join(STATUSES)}")
        limit = self.number("limit", ROWS, 1, MOST_ROWS)
        self.tell(
            await self.desk.index.page(self.text("run_id"), status, self.text("after"), limit)
        )


class Task(ApiHandler):
    """``/api/v1/tasks/{task_id}``."""

    async def get(self, task_id: str) -> None:
        """Tell one task."""
        run_id = await self.desk.index.run_of(task_id, self.text("run_id"))
        self.tell(await self.desk.index.one(run_id, task_id))


class Result(ApiHandler):
    """``/api/v1/results/{task_id}``."""

    async def get(self, task_id: str) -> None:
        """Tell what a task left: its summary, its manifest, and its files with their links."""
        run_id = await self.desk.index.run_of(task_id, self.text("run_id"))
        row = await self.desk.index.one(run_id, task_id)
        files = self.desk.files
        names = await files.names(run_id, task_id)
        summary = await files.text(run_id, task_id, SUMMARY) if SUMMARY in names else None
        manifest = await files.text(run_id, task_id, MANIFEST) if MANIFEST in names else None
        links = {
            name: {"nbytes": nbytes, "url": self.desk.link(file_path(run_id, task_id, name))}
            for name, nbytes in sorted(names.items())
        }
        outputs = summary.get("outputs", []) if isinstance(summary, dict) else []
        self.tell(
            {
                "run_id": run_id,
                "task_id": task_id,
                "name": row.name,
                "status": row.status,
                "outputs": outputs,
                "responses": summary,
                "manifest": manifest,
                "log": links.get(LOG, {}).get("url"),
                "files": links,
            }
        )


class Workers(ApiHandler):
    """``/workers``."""

    async def get(self) -> None:
        """Tell the nodes with their workers: what each has, what is free, how it does."""
        self.tell({"nodes": self.desk.nodes.all()})
