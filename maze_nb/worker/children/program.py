"""The program of a child process: it executes the tasks that its worker sends, one at a time.

It imports neither Dask's scheduler nor the SDK, so that it starts fast.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from functools import partial
from types import FrameType
from typing import Any

from msgspec.structs import replace

from maze_nb.artifacts.gateway import Gateway, set_gateway
from maze_nb.model.attempt import UNMEASURED
from maze_nb.runners.registry import runner_for
from maze_nb.wire.task_call import SuccessReport, decode_call, encode
from maze_nb.worker import showing, streams
from maze_nb.worker.children.channel import Channel, Frame
from maze_nb.worker.children.raw_output import RawOutput, past_files
from maze_nb.worker.children.request import Request, answer_frames, read_request, told_frames
from maze_nb.worker.current_task import running
from maze_nb.worker.describe import describe_failure, pack_output
from maze_nb.worker.files.delivery import delivered
from maze_nb.worker.import_errors import explain_import
from maze_nb.worker.kit import at_hand
from maze_nb.worker.masking import masking
from maze_nb.worker.memory import forget_own_peak, own_peak

_ORPHAN_CHECK_MS = 1000
_LOOK = 0.05


def main(channel_fd: int, life_fd: int, worker_pid: int, *output: int) -> None:
    """Execute tasks until the worker is gone or tells this process to end.

    Parameters
    ----------
    channel_fd
        The socket on which requests come.
    life_fd
        A pipe that nobody writes to and only the worker holds open.
    output
        Where to read what was written to standard output and error, and where it goes.
    """
    threading.Thread(
        target=_end_with_worker, args=(life_fd, worker_pid), name="maze-life", daemon=True
    ).start()
    ending = _Ending()
    signal.signal(signal.SIGTERM, ending)
    raw, through = RawOutput(output[:2], output[2:]), output[2:]
    threading.Thread(target=raw.follow, name="maze-output", daemon=True).start()
    sys.stdout, sys.stderr = past_files(through)
    streams.install()
    showing.install()
    channel = Channel(socket.socket(fileno=channel_fd))
    try:
        channel.send([])
        while True:
            _serve(channel, ending, raw)
    except SystemExit:
        _outlast_descendants()
        raise
    except (EOFError, OSError):
        _kill_own_tree()


class _Ending:
    """Turns the first signal to end into SystemExit, so that the task's ``finally`` blocks run."""

    def __init__(self) -> None:
        self.is_asked = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if not self.is_asked:
            self.is_asked = True
            raise SystemExit(128 + number)


def _serve(channel: Channel, ending: _Ending, raw: RawOutput) -> None:
    """Execute one task and answer; its inputs are let go before the next one comes."""
    channel.send(_execute(channel, channel.receive(), ending, raw))


def _execute(
    channel: Channel, frames: list[bytearray], ending: _Ending, raw: RawOutput
) -> list[Frame]:
    request, code, constants, dependencies = read_request(frames)
    frames.clear()
    dependencies += request.kit.opened
    set_gateway(Gateway(*request.gateway) if request.gateway[0] else None)
    with masking(request.kit.secrets.values()):
        return _run(channel, ending, raw, request, code, constants, dependencies)


def _run(
    channel: Channel,
    ending: _Ending,
    raw: RawOutput,
    request: Request,
    code: bytes,
    constants: bytes,
    dependencies: list[Any],
) -> list[Frame]:
    call = decode_call(request.call)
    started, ticking = time.time(), time.perf_counter()
    forget_own_peak()
    try:
        tell = running(request.task, lambda data: channel.send(told_frames(data)))
        with at_hand(request.kit), tell as found, raw.told(found.written):
            found.catch_up = raw.catch_up
            run = partial(runner_for(call.kind).run, call, code, constants, dependencies)
            outputs = delivered(call, request.task, run)
            if ending.is_asked:
                raise SystemExit("the task went on although it was told to end")
        described = {name: pack_output(name, value, call) for name, value in outputs.items()}
    except BaseException as error:
        task, duration = request.task, time.perf_counter() - ticking
        # Who has it end measures what this process used, and not what was used elsewhere for it.
        if ending.is_asked and task.usage == UNMEASURED:
            raise
        explain_import(error, task)
        failure = describe_failure(error, call, task.attempt, started, duration)
        failure = replace(failure, usage=task.usage)
        answer = answer_frames(encode(failure), None, own_peak())
        if ending.is_asked:
            channel.send(answer)
            raise
    else:
        duration = time.perf_counter() - ticking
        task, infos = request.task, tuple(info for info, _ in described.values())
        report = SuccessReport(started, duration, infos, task.usage, task.location)
        packed = {name: value for name, (_, value) in described.items()}
        has_folder = task.has_folder
        return answer_frames(encode(report), packed, own_peak(), has_folder=has_folder)
    # What the task held, such as the memory of a device, often hangs in cycles of its traceback.
    gc.collect()
    return answer


def _end_with_worker(life_fd: int, worker_pid: int) -> None:
    """Kill this process and all that it started as soon as the worker is gone."""
    end_of_life = select.poll()
    end_of_life.register(life_fd, select.POLLIN)
    # A process that the worker forked may hold the pipe open, hence the look at the parent.
    while not end_of_life.poll(_ORPHAN_CHECK_MS) and os.getppid() == worker_pid:
        pass
    _kill_own_tree()


def _kill_own_tree() -> None:
    from maze_nb.worker.children.process_tree import MARK, kill_own_tree

    kill_own_tree(os.environ.get(MARK, ""))


def _outlast_descendants() -> None:
    """Stay until the worker has seen to all that tasks started here, should it die meanwhile."""
    from maze_nb.worker.children.process_tree import MARK, has_descendants

    while has_descendants(os.environ.get(MARK, "")):
        time.sleep(_LOOK)
