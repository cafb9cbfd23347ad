"""The process that hosts the slots of an embedded cluster, seen from the process that owns it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import dask.config
from dask.system import CPU_COUNT
from distributed.system import MEMORY_LIMIT

from maze_nb import config
from maze_nb.model.node import NODE_ID_VARIABLE

_LOG_LINES = 200
_TERMINATE_SECONDS = 1.0
_KILL_SECONDS = 5.0


class SlotHost:
    """Starts ``slots`` Dask workers in one subprocess and ends them all together.

    The process starts at once; its workers wait until :meth:`join` names the scheduler, so that
    starting Python overlaps with starting the scheduler. It has a session of its own: an interrupt
    meant for the notebook or the terminal does not reach a slot.

    Parameters
    ----------
    slots
        How many workers of one thread each.
    start_timeout
        Seconds after which workers that found no scheduler give up.
    options
        More options for ``dask worker``.
    echo
        Where else than to the tail of the log the workers' output goes.

    Attributes
    ----------
    node_id
        The node that all slots belong to.
    folder
        Where they keep their files; removed at the end.
    """

    def __init__(
        self,
        slots: int,
        start_timeout: float,
        options: Sequence[str] = (),
        echo: IO[str] | None = None,
    ) -> None:
        self.slots = slots
        self.node_id = f"local-{uuid.uuid4().hex[:8]}"
        self.folder = Path(tempfile.mkdtemp(prefix="maze-nb-"))
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._echo = echo
        self._process = subprocess.Popen(
            [*self._command(start_timeout), *options],
            env=_environment(os.environ, self.node_id, slots),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert self._process.stdout is not None
        self._drain = threading.Thread(
            target=self._keep_tail, args=(self._process.stdout,), name="slot-log", daemon=True
        )
        self._drain.start()

    @property
    def pid(self) -> int:
        """The process id, which is the id of the slots' process group too."""
        return self._process.pid

    def is_running(self) -> bool:
        """Say whether the process is there."""
        return self._process.poll() is None

    def join(self, scheduler_address: str) -> None:
        """Tell the waiting workers which scheduler to join."""
        draft = self.folder / "scheduler.json.draft"
        draft.write_text(json.dumps({"address": scheduler_address}))
        draft.rename(self._scheduler_file)

    def log_tail(self) -> str:
        """Return the last lines that the workers wrote to their standard output and error."""
        if not self.is_running():
            self._drain.join(timeout=1)
        return "".join(self._log)

    def close(self) -> None:
        """End the process and all its children, in bounded time; does nothing the second time."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_TERMINATE_SECONDS)
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILL_SECONDS)
        self._drain.join(timeout=1)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError, ValueError):
                    stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _scheduler_file(self) -> Path:
        return self.folder / "scheduler.json"

    def _command(self, start_timeout: float) -> list[str]:
        # With -P the working directory stays off the module path unless the owner has it there.
        return [
            *(sys.executable, "-P", "-m", "maze_nb.deploy.slot_process", str(self.folder)),
            *("--scheduler-file", str(self._scheduler_file)),
            *("--nworkers", str(self.slots), "--nthreads", "1"),
            *("--name", f"{self.node_id}-slot"),
            *("--host", "127.0.0.1"),
            *("--memory-limit", str(MEMORY_LIMIT)),
            *("--local-directory", str(self.folder)),
            *("--death-timeout", str(start_timeout)),
            "--no-dashboard",
        ]

    def _keep_tail(self, lines: IO[str]) -> None:
        with suppress(OSError, ValueError):
            for line in lines:
                self._log.append(line)
                if self._echo is not None:
                    self._echo.write(line)


def core_count() -> int:
    """Return the cores this process may use, by affinity and control-group limits."""
    return int(CPU_COUNT)


def _environment(base: Mapping[str, str], node_id: str, slots: int) -> dict[str, str]:
    settings = dask.config.merge(_plain(dask.config.config), slot_settings(slots))
    return {
        **base,
        "PYTHONPATH": os.pathsep.join(_module_path(sys.path)),
        "DASK_INTERNAL_INHERIT_CONFIG": dask.config.serialize(settings),
        NODE_ID_VARIABLE: node_id,
        config.HOME_VARIABLE: str(config.home()),
    }


def _module_path(entries: Sequence[object]) -> list[str]:
    """Return where this process finds modules; Python itself passes over what is not text."""
    return [entry or str(Path.cwd()) for entry in entries if isinstance(entry, str)]


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings without those that mean nothing elsewhere, such as a thread pool."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            kept[name] = _plain(value)
            continue
        try:
            json.dumps(value)
        except (TypeError, ValueError):
            continue
        kept[name] = value
    return kept


def slot_settings(slots: int) -> dict[str, Any]:
    """Return the Dask settings for worker processes that are the slots of one node.

    All slots together spill at the share of memory set for one worker. Each slot may use the
    whole memory of the machine, since what a task may have is decided for the node; what the
    slots *keep* in memory adds up.

    A slot is no daemon in the sense of ``multiprocessing``, so that tasks may use that themselves.
    What they leave running is ended by :mod:`maze_nb.deploy.slot_process` in an embedded cluster,
    and by :mod:`maze_nb.deploy.leftovers` elsewhere.
    """
    shares = {}
    for name in ("target", "spill"):
        share = dask.config.get(f"distributed.worker.memory.{name}")
        shares[name] = share / slots if share else share
    return {"distributed": {"worker": {"memory": shares, "daemon": False}}}
