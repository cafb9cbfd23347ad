"""The files that a task of a run left, as its manifest tells of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.automatic import ARTIFACTS
from maze_nb.errors import ArtifactError
from maze_nb.sdk.task_files import TaskFiles
from maze_nb.worker.files.task_folder import MANIFEST

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run


def artifacts_of(run: Run, task: Any, timeout: float | None) -> dict[str, Artifact]:
    """Return the files that a task left, by name; see ``Run.artifacts``."""
    made = run.outputs(task, timeout)
    if ARTIFACTS in made:
        found = made[ARTIFACTS]
        if isinstance(found, dict) and all(isinstance(each, Artifact) for each in found.values()):
            return found
    task_id = run.task_id_of(task)
    location = _location(run, task_id)
    for told in _manifests(run, task_id, location):
        with suppress(ValueError, KeyError, TypeError):
            return {each.name: each for each in map(_artifact, json.loads(told)["artifacts"])}
    if not location:
        return {}
    raise ArtifactError(
        f"what files task {task_id} of run {run.run_id} left cannot be told, as {MANIFEST} in "
        f"{location} cannot be read from here: is the cluster there that it ran on?"
    )


def _artifact(told: dict[str, Any]) -> Artifact:
    return Artifact(told["name"], told["url"], told["size"], told["sha256"] or "")


def _location(run: Run, task_id: str) -> str:
    """Return where a task's files are as its last message says; empty if it left none."""
    for message in reversed(run.log.read()):
        data = message["data"]
        if message["type"] == "finish_task" and data["task_id"] == task_id:
            return str(data.get("result_location") or "")
    return ""


def _manifests(run: Run, task_id: str, location: str) -> Iterator[bytes]:
    """Yield the list of a task's files from wherever it can be read."""
    files = TaskFiles(run, run.client)
    for folder in files.folders(task_id):
        with suppress(OSError):
            yield (folder / MANIFEST).read_bytes()
    with suppress(ArtifactError):
        yield _stored(location)
    yield from files.remote(task_id, MANIFEST)


def _stored(location: str) -> bytes:
    from maze_nb.artifacts.store import store_for

    if not location or location.startswith("file:"):
        raise ArtifactError("it is kept nowhere but in the folder of the task")
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder, MANIFEST)
        url = f"{location.rstrip('/')}/{MANIFEST}"
        store_for(url).get(url, draft)
        return draft.read_bytes()
