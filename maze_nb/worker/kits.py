"""Gathers on a worker what its tasks take along: large values, modules, input files, secrets."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from distributed import get_worker
from distributed.comm.core import CommClosedError
from distributed.worker import Worker

from maze_nb import config
from maze_nb.artifacts.nearby import FOLDER as ARTIFACTS
from maze_nb.artifacts.nearby import given_in
from maze_nb.artifacts.node_cache import NodeCache
from maze_nb.errors import ArtifactError, ResultLostError
from maze_nb.runners.registry import forget_functions
from maze_nb.wire.blobs import GRACE
from maze_nb.wire.module_list import ModuleFile, decode_modules
from maze_nb.wire.task_call import TaskCall
from maze_nb.worker.blobs import Blobs
from maze_nb.worker.input_file import told_of
from maze_nb.worker.kit import Kit
from maze_nb.worker.modules import MADE_HERE, MODULES, TravelledModule
from maze_nb.worker.secret_files import read_secrets

UNPACKED = "unpacked"
_TOUCH_SECONDS = 3600.0
_BYTES = (bytes, bytearray, memoryview)


class Kits:
    """Gathers kits; called by the threads of one worker.

    Parameters
    ----------
    worker
        Whose they are.
    folder
        Its folder for results.
    """

    def __init__(self, worker: Worker, folder: Path) -> None:
        self._worker = worker
        self._blobs = Blobs(worker, _writable(folder, Path(worker.local_directory)))
        # Not beside the results, where there may be no space left.
        self._unpacked = Path(worker.local_directory) / UNPACKED
        fetched = self._blobs.folder.root / ARTIFACTS
        self._inputs = NodeCache(fetched, config.artifact_cache())
        self._empty = Kit(fetched=str(fetched))
        self._lock = threading.Lock()
        self._lists: dict[str, tuple[float, tuple[TravelledModule, ...]]] = {}

    def of(self, call: TaskCall, packed: Iterable[Any] = ()) -> Kit:
        """Return what one task takes along; input files stay as long as what they are used in.

        Parameters
        ----------
        packed
            What the task is called with. Input files that are told of in what is packed are had
            here.

        Raises
        ------
        MazeError
            If something of it cannot be had: it names the task.
        """
        for data in packed:
            if isinstance(data, _BYTES):
                for name in given_in(data):
                    self._have_input(name, call, data)
        if not (call.values or call.modules or call.env or call.secrets):
            return self._empty
        return Kit(
            tuple(self._value(name, call) for name in call.values),
            self._modules(call),
            call.env,
            read_secrets(call, self._worker.address),
            self._empty.fetched,
        )

    def _have_input(self, name: str, call: TaskCall, packed: Any) -> None:
        is_new = False

        def fetch(draft: Path) -> None:
            nonlocal is_new
            try:
                self._blobs.bring(name, draft)
            except (TimeoutError, CommClosedError) as error:
                raise ResultLostError(f"the scheduler does not give it: {error!r}") from error
            is_new = True

        try:
            self._inputs.keep(name.rpartition("/")[2], fetch)
            if is_new:
                self._blobs.tell_of(name)
        except ArtifactError as error:
            what = told_of(name, call.name, call.inputs, packed)
            raise ArtifactError(f"{what} cannot be had on this node: {error}") from error
        except ResultLostError as error:
            what = told_of(name, call.name, call.inputs, packed)
            raise ResultLostError(
                f"{what} is not kept any more ({error}): run the workflow again from where the "
                f"file is, which sends it anew"
            ) from error

    def _value(self, name: str, call: TaskCall) -> str:
        try:
            return str(self._blobs.path(name))
        except ResultLostError as error:
            number = -2 - call.values.index(name)
            readers = [key for key, source in call.inputs.items() if source.dependency == number]
            what = repr(readers[0]) if readers else "around the function"
            raise ResultLostError(
                f"the large value {what} of task {call.name!r} is not kept any more ({error}): "
                f"run the workflow again from where the value is, which sends it anew"
            ) from error

    def _modules(self, call: TaskCall) -> tuple[TravelledModule, ...]:
        if not call.modules or call.modules in MADE_HERE:
            return ()
        with self._lock:
            since, found = self._lists.get(call.modules, (0.0, ()))
            if time.monotonic() - since > _TOUCH_SECONDS or not found:
                try:
                    data = self._blobs.path(call.modules).read_bytes()
                    found = tuple(self._unpack(module) for module in decode_modules(data))
                except ResultLostError as error:
                    raise ResultLostError(
                        f"the local modules that task {call.name!r} imports are not kept any more "
                        f"({error}): run the workflow again from where they are"
                    ) from error
                self._lists[call.modules] = time.monotonic(), found
            return found

    def _unpack(self, module: ModuleFile) -> TravelledModule:
        folder = self._unpacked / module.blob.rpartition("/")[2]
        if folder.is_dir():
            folder.touch()
            return TravelledModule(module.name, str(folder))
        import zipfile

        archive = self._blobs.path(module.blob)
        draft = self._unpacked / f".{uuid.uuid4().hex}"
        try:
            with zipfile.ZipFile(archive) as packed:
                packed.extractall(draft)
            self._sweep()
            if not folder.is_dir():
                draft.rename(folder)
        except OSError:
            # Another worker of the node may have been first.
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return TravelledModule(module.name, str(folder))

    def _sweep(self) -> None:
        """Remove what was not used for long."""
        before = time.time() - 7 * GRACE
        for folder in self._unpacked.iterdir():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
        self._blobs.folder.sweep(())


_kits: WeakKeyDictionary[Worker, Kits] = WeakKeyDictionary()
_lock = threading.Lock()


def _writable(folder: Path, otherwise: Path) -> Path:
    """Return a folder if files can be put there, else another."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return otherwise


def kits_of(worker: Worker, folder: Path) -> Kits:
    """Return the kits of a worker."""
    with _lock:
        found = _kits.get(worker)
        if found is None:
            found = _kits[worker] = Kits(worker, folder)
        return found


def kit_for(call: TaskCall, folder: Path, packed: Iterable[Any] = ()) -> Kit:
    """Return what a task takes along that runs in this thread of a worker; see `Kits.of`."""
    return kits_of(get_worker(), folder).of(call, packed)


MODULES.on_exchange(forget_functions)
