"""The files of one attempt, from its folder to where they are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_to_bytes

from maze_nb.artifacts.artifact import Artifact
from maze_nb.artifacts.automatic import ARCHIVES, ARTIFACTS, PACKED, archive_name
from maze_nb.artifacts.digest import digest_of
from maze_nb.artifacts.left_files import left_files
from maze_nb.artifacts.named import WHERE_TO_WRITE
from maze_nb.artifacts.pack import pack
from maze_nb.errors import ArtifactError
from maze_nb.model.states import TaskState
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.current_task import CurrentTask, now_running
from maze_nb.worker.files.manifest import expected_before, write_manifest
from maze_nb.worker.files.outbox import Outbox, warn
from maze_nb.worker.files.task_folder import LOG, MANIFEST, is_ours

_MOST_OF_FAILED = 2**28
"""So many bytes of an attempt that failed go to its destination."""
Check = Callable[[], None]
"""Called now and then while files are read; raises to give up."""


class Parcel:
    """Sees to the files of one attempt.

    Parameters
    ----------
    call, task
        The attempt, which is the current task.
    """

    def __init__(self, call: TaskCall, task: CurrentTask, check: Check | None) -> None:
        self._call = call
        self._task = task
        self._check = check
        self._running = now_running()
        self._folder = task.folder
        self._outbox = Outbox(call.destination, task.run_id, task.task_id)
        self._packed: set[str] = set()
        self._artifacts: dict[str, Artifact] = {}
        self._left_out: dict[str, str] = {}

    def finish(self, outputs: dict[str, Any]) -> dict[str, Any]:
        """See to the files of an attempt that went well, and return its outputs."""
        if self._folder.is_dir():
            for folder in PACKED:
                self._pack(folder)
            self._gather()
            outputs = self._send(outputs)
        location = self._outbox.location or self._folder.as_uri()
        if self._has_something:
            with noting_faults("its manifest is missing"):
                self._write(TaskState.SUCCEEDED, location)
                self._send_reports()
        if self._artifacts:
            self._task.note_location(location)
        return {**outputs, **{name: self._automatic(name) for name in self._call.automatic}}

    def give_up(self) -> None:
        """Write which files there are of an attempt that failed, and send them with its log."""
        with noting_faults("its manifest is missing"):
            self._gather()
            self._send_as_they_are()
            if self._has_something:
                self._write(TaskState.FAILED, self._outbox.location or self._folder.as_uri())
            self._send_reports()

    @property
    def _has_something(self) -> bool:
        return bool(
            self._artifacts
            or self._left_out
            or self._expected
            or (self._task.attempt > 1 and (self._folder / MANIFEST).exists())
        )

    @property
    def _expected(self) -> dict[str, str]:
        return {} if self._running is None else self._running.expected

    def _pack(self, folder: str) -> None:
        """Pack one folder; without it nobody is the worse off but who reads of it."""
        source = self._folder / folder
        if not source.is_dir() or source.is_symlink():
            return
        found, name = left_files(source, _nothing), archive_name(folder)
        if not found.files:
            return
        archive = self._folder / name
        try:
            pack(found, archive, self._check)
        except OSError as error:
            self._left_out[name] = f"{folder}/ cannot be packed: {error}"
            warn(f"{folder}/ of task {self._task.name!r} is not packed to {name}: {error}")
            return
        self._packed.add(folder)
        self._left_out.update((f"{folder}/{inside}", why) for inside, why in found.left_out.items())

    def _gather(self) -> None:
        """Find what was left, and read it; an archive stands for the folder that is in it."""
        found = left_files(self._folder, self._is_passed)
        for name, path in found.files.items():
            try:
                sha256, nbytes = digest_of(path, self._check)
            except OSError as error:
                found.left_out[name] = f"cannot be read: {error.strerror or error}"
            else:
                self._artifacts[name] = Artifact(name, path.as_uri(), nbytes, sha256)
        self._left_out.update(found.left_out)

    def _is_passed(self, name: str) -> bool:
        if _is_passed(name) or name in self._packed:
            return True
        return self._running is not None and self._running.is_as_brought(self._folder / name)

    def _send(self, outputs: dict[str, Any]) -> dict[str, Any]:
        """Send all files to their destination; return the outputs with where they are then."""
        if not self._call.destination:
            return outputs
        ours = f"{self._folder.as_uri()}/"
        sent: dict[str, Artifact] = {}

        def at_destination(artifact: Artifact) -> Artifact:
            if artifact.url not in sent:
                self._look()
                path = self._folder / os.fsdecode(unquote_to_bytes(artifact.url.removeprefix(ours)))
                sent[artifact.url] = self._outbox.send(path, artifact)
            return sent[artifact.url]

        self._artifacts = {
            name: at_destination(artifact) for name, artifact in self._artifacts.items()
        }
        # Of a folder that is packed the task may have declared a file.
        return {
            name: replaced(value, lambda each: each.url.startswith(ours), at_destination)
            for name, value in outputs.items()
        }

    def _send_as_they_are(self) -> None:
        """Send files of an attempt that failed, the small ones first, as far as it is worth it."""
        left = _MOST_OF_FAILED if self._call.destination else 0
        for name, artifact in sorted(self._artifacts.items(), key=lambda each: each[1].nbytes):
            left -= artifact.nbytes
            if left < 0:
                return
            self._artifacts[name] = self._outbox.send(self._folder / name, artifact)

    def _send_reports(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        for name in (MANIFEST, LOG):
            self._outbox.send_also(self._folder / name)

    def _look(self) -> None:
        if self._check is not None:
            self._check()

    def _write(self, status: TaskState, location: str) -> None:
        write_manifest(
            self._task,
            status,
            self._expected,
            tuple(self._artifacts.values()),
            self._left_out,
            location,
        )

    def _automatic(self, name: str) -> Any:
        if name == ARTIFACTS:
            return dict(self._artifacts)
        folder = ARCHIVES[name]
        archive = self._artifacts.get(archive_name(folder))
        if archive is None:
            why = self._left_out.get(archive_name(folder), f"it left no files in {folder}/")
            raise ArtifactError(
                f"task {self._task.name!r} has no output {name!r}, which is read: {why}; have it "
                f"write files to {folder}/ in its folder: {WHERE_TO_WRITE}"
            )
        return archive.url


def note_loss(task: CurrentTask, status: TaskState) -> None:
    """Write which files there are of an attempt whose process was ended; none of them is read.

    Raises
    ------
    OSError
        If that cannot be written.
    """
    found, expected = left_files(task.folder, _is_passed), expected_before(task)
    if found.files or found.left_out or expected:
        artifacts = [
            Artifact(name, path.as_uri(), path.stat().st_size, "")
            for name, path in found.files.items()
        ]
        write_manifest(task, status, expected, artifacts, found.left_out, task.folder.as_uri())


def replaced(
    value: Any, is_meant: Callable[[Artifact], bool], change: Callable[[Artifact], Artifact]
) -> Any:
    """Return an output with some artifacts in it changed; of lists and dicts their items are."""

    def one(each: Any) -> Any:
        return change(each) if isinstance(each, Artifact) and is_meant(each) else each

    if type(value) is dict:
        return {key: one(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(one, value))
    return one(value)


def _is_passed(name: str) -> bool:
    return "/" not in name and is_ours(name)


def _nothing(_name: str) -> bool:
    return False


@contextmanager
def noting_faults(what_then: str) -> Iterator[None]:
    """Have the log of the task tell of a fault that it is not to fail of."""
    try:
        yield
    except OSError as error:
        warn(f"the folder of the task cannot be written to: {error}; {what_then}")
