"""The processes of a command: started in a group of their own, and ended with it, all of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from maze_nb.config import kill_grace
from maze_nb.errors import TaskFailedError
from maze_nb.runners.commands.cores import claimed, starting_on
from maze_nb.runners.commands.output import Relay

_MARK = "MAZE_COMMAND"
_BASH_LIMITS = {"cpu_seconds": "t", "file_mb": "f", "open_files": "n"}
LIMITS = tuple(_BASH_LIMITS)
"""What a process of a command can be limited to."""
_KILOBYTES = 1024
_SIGNALLED = 128
_LOOK = 0.02
_CLOCK = 1.0


def run_process(
    words: Sequence[str], folder: Path, env: Mapping[str, str], name: str, cores: float = 0
) -> tuple[int, Relay]:
    """Run a program to its end, and pass on what it prints; return its exit code and that.

    Whatever it has started is over then, also what took a session of its own.

    Parameters
    ----------
    env
        All of its environment.
    name
        What the command is called in errors.
    cores
        How many cores all of it may use; 0: all that there are.

    Raises
    ------
    TaskFailedError
        If it cannot be started.
    """
    mark, began = uuid.uuid4().hex, time.time()
    with claimed(cores) as own:
        with starting_on(own):
            process = _started(words, folder, {**env, _MARK: mark}, name)
        relay = Relay(process)
        try:
            relay.run()
            return process.wait(), relay
        except BaseException:
            _ask_to_end(process, relay)
            raise
        finally:
            _end_group(process)
            _end_others(mark, began)
            relay.close()
            sys.stdout.flush()
            sys.stderr.flush()


def limited(words: Sequence[str], bash: str, limits: Mapping[str, int]) -> list[str]:
    """Return the words of a program under limits, which Bash sets before it becomes it.

    Examples
    --------
    >>> limited(["make"], "/bin/bash", {"cpu_seconds": 64})
    ['/bin/bash', '-c', 'ulimit -St 64 && ulimit -Ht 65 && exec "$@"', 'bash', 'make']
    """
    if not limits:
        return list(words)
    settings = []
    for each, most in limits.items():
        option, most = _BASH_LIMITS[each], most * _KILOBYTES if each == "file_mb" else most
        if each == "cpu_seconds":
            # At the soft limit a signal comes that tells why, at the hard one it is SIGKILL.
            settings += [f"ulimit -S{option} {most}", f"ulimit -H{option} {most + 1}"]
        else:
            settings.append(f"ulimit -{option} {most}")
    return [bash, "-c", " && ".join([*settings, 'exec "$@"']), "bash", *words]


def bash_for(env: Mapping[str, str], name: str) -> str:
    """Return where Bash is.

    Raises
    ------
    TaskFailedError
        If it is not installed.
    """
    found = shutil.which("bash", path=env.get("PATH"))
    if found is None:
        raise TaskFailedError(
            f"command {name!r} needs bash, which its worker does not find on its PATH: install it "
            f"there, or have the task run on another node by node=…"
        )
    return found


def ended(code: int) -> str:
    """Return how a process ended, in words.

    Examples
    --------
    >>> ended(3), ended(-9), ended(153)
    ('ended with exit code 3', 'was ended by SIGKILL', 'ended with exit code 153, as by SIGXFSZ')
    """
    if code < 0:
        return f"was ended by {_signal_name(-code) or f'signal {-code}'}"
    by = _signal_name(code - _SIGNALLED) if code > _SIGNALLED else ""
    return f"ended with exit code {code}" + (f", as by {by}" if by else "")


def limit_met(code: int, limits: Mapping[str, int]) -> str:
    """Return which limit ended a process, in words; empty if none did.

    Examples
    --------
    >>> limit_met(-24, {"cpu_seconds": 1}), limit_met(153, {"file_mb": 2}), limit_met(1, {})
    ('more than its cpu_seconds=1', 'more than its file_mb=2', '')
    """
    number = -code if code < 0 else code - _SIGNALLED
    name = {"SIGXCPU": "cpu_seconds", "SIGXFSZ": "file_mb"}.get(_signal_name(number), "")
    return f"more than its {name}={limits[name]}" if name in limits else ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""


def _started(
    words: Sequence[str], folder: Path, env: Mapping[str, str], name: str
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            words,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        if isinstance(error, FileNotFoundError) and folder.is_dir():
            why = f"there is no program {words[0]!r} on its worker: install it, or give its path"
        else:
            why = str(error)
        raise TaskFailedError(f"command {name!r} could not be started in {folder}: {why}") from None


def _ask_to_end(process: subprocess.Popen[bytes], relay: Relay) -> None:
    """Tell the processes of a command to end, and pass on what they say to that."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + kill_grace()
    relay.run_out(kill_grace())
    # It may have closed both of its streams.
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(deadline - time.monotonic(), 0))


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of the processes of a command."""
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end_others(mark: str, began: float) -> None:
    """End what left the group; it may start others until it is gone."""
    deadline = time.monotonic() + kill_grace()
    while (left := _marked(mark, began)) and time.monotonic() < deadline:
        for each in left:
            with suppress(psutil.Error):
                each.kill()
        psutil.wait_procs(left, _LOOK)


def _marked(mark: str, began: float) -> list[psutil.Process]:
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            # What a process has in its environment takes longer to read than when it began.
            if each.create_time() < began - _CLOCK or each.status() == psutil.STATUS_ZOMBIE:
                continue
            if each.environ().get(_MARK) == mark:
                found.append(each)
    return found
