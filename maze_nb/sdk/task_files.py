"""The files that tasks of a run left: read here, or by way of the worker that can see them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb import config
from maze_nb.worker.files.task_folder import LOG, file_name, task_folder
from maze_nb.worker.identity import RESULTS_DIR

if TYPE_CHECKING:
    from maze_nb.sdk.client import MaClient
    from maze_nb.sdk.run import Run

_PIECE = 2**24


def results_dirs() -> list[Path]:
    """Return the folders on this machine in which results are looked for."""
    named = [Path(os.environ[name]) for name in RESULTS_DIR if os.environ.get(name)]
    found = [*(path.expanduser().absolute() for path in named), config.home() / "results"]
    return list(dict.fromkeys(found))


class TaskFiles:
    """The files of one run's tasks.

    Parameters
    ----------
    run
        The run; where its tasks ran is taken from its messages.
    client
        Through which workers are asked for what is not on this machine; None asks nobody.
    """

    def __init__(self, run: Run, client: MaClient | None) -> None:
        self._run = run
        self._client = client
        self._folders = results_dirs()
        self._workers: dict[str, str] | None = None
        self._seen = 0
        self._nodes: dict[str, dict[str, None]] = {}

    def log(self, task_id: str, start: int = 0) -> bytes:
        """Return what a task printed, from this byte on; on several nodes, all of it in turn."""
        here = [folder / LOG for folder in self.folders(task_id) if (folder / LOG).is_file()]
        if here:
            return _joined([partial(_content, path) for path in here], start)
        name = f"{file_name(self._run.run_id)}/{file_name(task_id)}/{LOG}"
        workers = self._seen_by(task_id)
        return _joined([partial(self._remote, worker, name) for worker in workers], start)

    def folders(self, task_id: str) -> list[Path]:
        """Return the folders of a task that are on this machine."""
        self._refresh()
        wanted = [task_folder(folder, self._run.run_id, task_id) for folder in self._folders]
        return [folder for folder in wanted if folder.is_dir()]

    def all(self, task_id: str) -> Iterator[tuple[str, Path | bytes]]:
        """Yield each file of a task by its name within the task's folder, or else its content."""
        seen = set()
        for folder in self.folders(task_id):
            for path in sorted(folder.rglob("*")):
                name = str(path.relative_to(folder))
                if path.is_file() and not path.is_symlink() and name not in seen:
                    seen.add(name)
                    yield name, path
        run_id = self._run.run_id
        for worker in [] if seen else self._seen_by(task_id):
            told = self._ask(worker, "maze_list_files", run_id=run_id, task_id=task_id)
            for name in told.get("files", {}).keys() - seen:
                seen.add(name)
                yield name, self._remote(worker, f"{told['folder']}/{name}")

    def remote(self, task_id: str, name: str) -> Iterator[bytes]:
        """Yield what a file of a task holds on each node on which it ran, where it is there."""
        path = f"{file_name(self._run.run_id)}/{file_name(task_id)}/{name}"
        yield from filter(None, (self._remote(worker, path) for worker in self._seen_by(task_id)))

    def _refresh(self) -> None:
        news = self._run.log.read(self._seen)
        self._seen += len(news)
        for message in news:
            data = message["data"]
            if message["type"] == "start_task":
                self._nodes.setdefault(data["task_id"], {})[data["node_id"]] = None
            for output in data.get("outputs", ()) if message["type"] == "finish_task" else ():
                if output["stored"] is not None:
                    self._note(Path(output["stored"]["path"]))

    def _note(self, stored: Path) -> None:
        # Whoever set another folder for results need not do so again to read them.
        if len(stored.parents) > 2 and stored.parents[2] not in self._folders:
            self._folders.append(stored.parents[2])

    def _seen_by(self, task_id: str) -> list[str]:
        """Return a worker of each node on which a task ran, as far as those are there."""
        if self._client is None:
            return []
        if self._workers is None:
            nodes = [node for node in self._client.nodes() if node.workers and not node.fault]
            self._workers = {node.node_id: node.workers[0] for node in nodes}
        self._refresh()
        found = [self._workers.get(node_id) for node_id in self._nodes.get(task_id, ())]
        return [worker for worker in found if worker is not None]

    def _remote(self, worker: str, path: str, start: int = 0) -> bytes:
        found = bytearray()
        while True:
            offset = start + len(found)
            told = self._ask(worker, "maze_read_file", path=path, offset=offset, length=_PIECE)
            found += told.get("data", b"")
            if not told.get("data") or start + len(found) >= told["size"]:
                return bytes(found)

    def _ask(self, worker: str, operation: str, **arguments: Any) -> dict[str, Any]:
        assert self._client is not None
        dask_client = self._client.dask_client
        scheduler: Any = dask_client.scheduler
        message = {"op": operation, **arguments}
        answers = dask_client.sync(
            scheduler.broadcast, msg=message, workers=[worker], on_error="return"
        )
        answer = answers.get(worker)
        return answer if isinstance(answer, dict) else {}


def _joined(reads: list[Callable[[int], bytes]], start: int) -> bytes:
    """Return what some files hold together, from this byte on; of one, only that is read."""
    if len(reads) == 1:
        return reads[0](start)
    return b"".join(read(0) for read in reads)[start:]


def _content(path: Path, start: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(start)
            return file.read()
    except OSError:
        return b""
