"""The command ``maze-nb runs logs``: what happened, and what the tasks printed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from maze_nb.cli.known_names import run_argument, task_argument
from maze_nb.cli.listing import json_line
from maze_nb.cli.runs_export import plain_message
from maze_nb.cli.runs_source import reading, where_options

if TYPE_CHECKING:
    from maze_nb.sdk.run import Run
    from maze_nb.sdk.task_files import TaskFiles
    from maze_nb.wire.messages import Message

_FINAL = ("finish_task", "task_exception", "task_cancelled", "task_retry")
_PAUSE = 0.3
_TAIL = 1000
_INDENT = " " * 14


@click.command(short_help="Show messages, tracebacks, and what tasks printed.")
@run_argument("run_id")
@task_argument
@click.option("-f", "--follow", is_flag=True, help="Go on until the run ends.")
@click.option("--json", "as_json", is_flag=True, help="As JSON: one message a line.")
@where_options
@click.pass_context
def logs(
    context: click.Context,
    /,
    run_id: str,
    task: str | None,
    follow: bool,
    as_json: bool,
    **_: object,
) -> None:
    """Show what happened in a run, or to one TASK of it, with the time of each message.

    What a task printed stands before the message of its end. TASK is a name or an id.
    """
    from maze_nb.cli.runs_watch import STOPPED
    from maze_nb.sdk.task_files import TaskFiles

    with reading(context) as source:
        run = source.open(run_id)
        files = TaskFiles(run, source.client if source.is_connected else None)
        task_id = None if task is None else _id_of(run, task)
        lines = LogLines(run, files, task_id)
        try:
            if as_json:
                told = _json_lines(run, task_id, follow=follow)
            else:
                told = lines.follow() if follow else lines.so_far()
            for line in told:
                click.echo(line)
        except KeyboardInterrupt:
            context.exit(STOPPED)


class LogLines:
    """The messages of a run as lines, and between them what its tasks printed.

    That is read from their logs, which have all of it; where there is no log, as of a task whose
    outputs were reused, from the messages.

    Parameters
    ----------
    task_id
        Only this task; None takes all.
    """

    def __init__(self, run: Run, files: TaskFiles, task_id: str | None) -> None:
        self._run = run
        self._files = files
        self._task_id = task_id
        self._read: dict[str, int] = {}
        self._tails: dict[str, deque[str]] = {}
        self._running: dict[str, tuple[str, int]] = {}
        self._unfinished: dict[str, str] = {}
        self._has_log: dict[str, bool] = {}

    def so_far(self) -> Iterator[str]:
        """Yield what there is by now."""
        for message in self._run.log.read():
            yield from self._told(message)
        yield from self._printed_by_now(is_whole=True)

    def follow(self) -> Iterator[str]:
        """Yield what there is, and what comes until the run ends."""
        from maze_nb.errors import ConnectionFailedError

        seen = 0
        while not (self._run.is_finished and seen == self._run.log.last_seq):
            try:
                news = self._run.log.wait(seen, _PAUSE)
            except ConnectionFailedError:
                yield from self._printed_by_now(is_whole=True)
                raise
            seen += len(news)
            for message in news:
                yield from self._told(message)
            yield from self._printed_by_now(is_whole=False)

    def _told(self, message: Message) -> Iterator[str]:
        from maze_nb.projection.runs_text import log_lines, traceback_lines

        data = message["data"]
        task_id = data.get("task_id")
        if self._task_id not in (None, task_id):
            return
        if message["type"] == "start_task":
            self._running[task_id] = data["task_name"], data["attempt"]
        elif message["type"] == "task_log":
            yield from self._told_of(task_id, data)
            return
        elif message["type"] in _FINAL:
            if self._running.pop(task_id, None) is not None:
                yield from self._printed(task_id, data["task_name"], data["attempt"])
            if (rest := self._unfinished.pop(task_id, "")) and not self._is_logged(task_id):
                yield f"{_INDENT}{data['task_name']} | {rest}"
        yield from log_lines(message)
        trace = traceback_lines(message)
        # A worker puts it at the end of what the task printed.
        if trace and list(self._tails.get(task_id, ()))[-len(trace) :] != trace:
            yield from (f"{_INDENT}{line}" for line in trace)

    def _told_of(self, task_id: str, data: dict[str, Any]) -> Iterator[str]:
        """Yield the lines of what a message says that a task printed, if its log is not there."""
        *lines, rest = (self._unfinished.pop(task_id, "") + data["text"]).split("\n")
        if rest:
            self._unfinished[task_id] = rest
        if lines and not self._is_logged(task_id):
            for line in lines:
                shown = line.removesuffix("\r").rpartition("\r")[2]
                yield f"{_INDENT}{data['task_name']} | {shown}"

    def _is_logged(self, task_id: str) -> bool:
        if task_id not in self._has_log:
            self._has_log[task_id] = bool(self._read.get(task_id) or self._files.log(task_id))
        return self._has_log[task_id]

    def _printed_by_now(self, *, is_whole: bool) -> Iterator[str]:
        for task_id, (name, attempt) in list(self._running.items()):
            yield from self._printed(task_id, name, attempt, is_whole=is_whole)

    def _printed(
        self, task_id: str, name: str, attempt: int, *, is_whole: bool = True
    ) -> Iterator[str]:
        """Yield the lines that an attempt has printed since the last time."""
        start = self._read.get(task_id, 0)
        text = self._files.log(task_id, start)
        # The attempts of a task share one file.
        begin = text.find(f"[attempt {attempt + 1}]\n".encode())
        end = begin if begin >= 0 else len(text) if is_whole else text.rfind(b"\n") + 1
        self._read[task_id] = start + end
        lines = text[:end].decode(errors="replace").splitlines()
        self._tails.setdefault(task_id, deque(maxlen=_TAIL)).extend(lines)
        for line in lines:
            yield f"{_INDENT}{name} | {line}"


def _json_lines(run: Run, task_id: str | None, *, follow: bool) -> Iterator[str]:
    for message in run.log.follow() if follow else run.log.read():
        if task_id in (None, message["data"].get("task_id")):
            yield json_line(plain_message(message))


def _id_of(run: Run, task: str) -> str:
    from maze_nb.sdk.run_index import RunIndex

    index = RunIndex(run.log)
    index.refresh()
    return index.task_id_of(task)
