"""One child process of a worker, seen from the worker."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from maze_nb.artifacts.bandwidth import for_children
from maze_nb.config import inline_limit, start_timeout
from maze_nb.errors import ChildStartError
from maze_nb.worker.children.channel import Channel, Frame
from maze_nb.worker.children.exits import exit_text, oom_kills, was_out_of_memory
from maze_nb.worker.children.process_tree import MARK, ProcessTree
from maze_nb.worker.children.raw_output import RawFiles
from maze_nb.worker.children.rest import last_of
from maze_nb.worker.foreign import CHILD_OF
from maze_nb.worker.held import hold_devices
from maze_nb.worker.visible import VARIABLE, cuda_visible

_PATH = "MAZE_CHILD_PATH"
# The module path is not left in PYTHONPATH, where programs that a task starts would find it. And
# this way the module __main__ is empty, as the code of a notebook expects to find it.
_PROGRAM = f"""
import json, os, sys
sys.path[:] = json.loads(os.environ.pop({_PATH!r}))
from maze_nb.worker.children.program import main
main(*map(int, sys.argv[1:]))
"""
_LOOK = 0.02
_END_SECONDS = 1.0
_KILL_SECONDS = 1.5


class ChildKey(NamedTuple):
    """What a child process is good for: tasks of one module on the same devices."""

    gpu_ids: tuple[int, ...]
    module: str


class Child:
    """Starts a Python process that executes one task after the other.

    It has a session of its own, and its devices are in its environment before it starts. It ends
    with this process, however that ends, since it then reads the end of a pipe.

    Raises
    ------
    ChildStartError
        If the process cannot be started.

    Attributes
    ----------
    secrets
        What is to be masked in what it writes.
    rest
        What it had written last when it was killed, and not told of, by stream.
    """

    def __init__(self, key: ChildKey, node_id: str) -> None:
        self.key = key
        self.secrets: tuple[str, ...] = ()
        self.rest: dict[str, str] = {}
        mark = uuid.uuid4().hex
        self._output = output = _output_files()
        ends = (*output.read, *output.through)
        ours, theirs = socket.socketpair()
        life_read, self._life = os.pipe()
        self._kills_before = oom_kills()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _PROGRAM]
                + [str(number) for number in (theirs.fileno(), life_read, os.getpid(), *ends)],
                env={**_environment(key), **for_children(), CHILD_OF: node_id, MARK: mark},
                stdin=subprocess.DEVNULL,
                stdout=output.written[0],
                stderr=output.written[1],
                pass_fds=(theirs.fileno(), life_read, *ends),
                start_new_session=True,
            )
        except OSError as error:
            ours.close()
            os.close(self._life)
            output.close()
            raise _not_started(error) from error
        finally:
            theirs.close()
            os.close(life_read)
            output.hand_over()
        self._channel = Channel(ours, lambda: not self.is_alive())
        self._killing = threading.Lock()
        self.tree = ProcessTree(self._process.pid, mark)

    @property
    def pid(self) -> int:
        """The process id, which is that of its process group too."""
        return self._process.pid

    def wait_ready(self, is_given_up: Callable[[], bool]) -> None:
        """Wait until it can take a task, or until that is given up.

        Raises
        ------
        ChildStartError
            If it ended before, or took longer than the setting ``maze.start-timeout``.
        """
        limit = start_timeout()
        deadline = time.monotonic() + limit
        while not is_given_up():
            if self._channel.is_readable(0.05):
                with suppress(EOFError, OSError):
                    self._channel.receive()
                    return
                words = self.last_words()
                self.kill()
                raise ChildStartError(
                    f"a child process for tasks did not start: {words}{last_of(self.rest)}"
                )
            if time.monotonic() > deadline:
                self.kill()
                raise ChildStartError(
                    f"a child process for tasks did not start within {limit:g} s, "
                    f"the setting maze.start-timeout"
                )

    def ask(self, frames: Sequence[Frame]) -> None:
        """Send a request; EOFError or OSError if it is gone."""
        self._kills_before = oom_kills()
        self._channel.send(frames)

    def heard(self, seconds: float) -> list[bytearray] | None:
        """Return what it sent, None if that is not all here after so many seconds.

        EOFError or OSError if it is gone.
        """
        return self._channel.received(seconds)

    def is_alive(self) -> bool:
        """Say whether the process is there."""
        return self._process.poll() is None

    def holds_devices(self) -> bool:
        """Say whether it, or anything that it started, has to do with a device."""
        return bool(self.key.gpu_ids) and hold_devices(self.tree.look())

    def last_words(self) -> str:
        """Return how the process ended, as far as that is known; waits a moment for its end."""
        try:
            code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return "it hung up without a word"
        is_starved = was_out_of_memory(code, self._kills_before)
        why = ": the kernel was out of memory" if is_starved else ""
        return f"it ended with {exit_text(code)}{why}"

    def ask_to_end(self) -> None:
        """Tell its process group to end; takes no time, also in an event loop."""
        if self._process.returncode is None:
            self.tree.signal_group(signal.SIGTERM)

    def ask_all_to_end(self) -> None:
        """Tell it and all that it started to end."""
        if self.is_alive():
            self.tree.signal_all(signal.SIGTERM)

    def end(self, grace: float) -> None:
        """Tell it and all that it started to end, wait, and kill what is left."""
        self.ask_all_to_end()
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline:
            if self._is_over():
                break
            time.sleep(_LOOK)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started, and wait until they are gone, in bounded time."""
        self._channel.shut()
        with self._killing:
            if self._life >= 0:
                self._kill_all()
                self.rest = self._output.rest(self.secrets)
                self._output.close()
                self._channel.close()
                os.close(self._life)
                self._life = -1

    def _kill_all(self) -> None:
        deadline = time.monotonic() + _KILL_SECONDS
        is_clean = False
        while not is_clean and time.monotonic() < deadline:
            is_clean = not self.tree.kill()
            while not self._is_over() and time.monotonic() < deadline:
                time.sleep(_LOOK / 4)

    def _is_over(self) -> bool:
        return not self.is_alive() and self.tree.others_are_gone()


def _output_files() -> RawFiles:
    try:
        return RawFiles()
    except OSError as error:
        raise _not_started(error) from error


def _not_started(error: OSError) -> ChildStartError:
    return ChildStartError(f"a child process for tasks could not be started: {error}")


def _environment(key: ChildKey) -> dict[str, str]:
    path = [entry or str(Path.cwd()) for entry in sys.path]
    return {
        **os.environ,
        VARIABLE: cuda_visible(key.gpu_ids),
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "DASK_MAZE__INLINE_LIMIT": str(inline_limit()),
        _PATH: json.dumps(path, default=str),
    }
