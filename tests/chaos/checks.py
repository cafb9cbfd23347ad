"""What has to be true of the runs of a chaos test once all is over."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maze_nb.errors import ResultLostError

Message = Mapping[str, Any]
Told = tuple[str, str, str, str]
"""Of a message: its type, task, attempt and time."""
_BAD = ("task_exception", "task_skipped", "task_cancelled")


@dataclass
class Executions:
    """What tasks wrote down themselves each time their code ran: when, by run and task."""

    starts: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    ended: int = 0

    @property
    def count(self) -> int:
        """How often the code of a task began."""
        return sum(map(len, self.starts.values()))


def read_executions(file: Path) -> Executions:
    """Return what is in the file that all tasks append to."""
    found = Executions()
    for line in file.read_text().splitlines() if file.exists() else ():
        what, run_id, task_id, _pid, at = line.split()
        if what == "start":
            found.starts[run_id, task_id].append(float(at))
        else:
            found.ended += 1
    return found


def told(message: Message) -> Told:
    """Return what clients write down of a message."""
    data = message["data"]
    attempt = str(data.get("attempt", "-"))
    return message["type"], data.get("task_id", "-"), attempt, repr(message["time"])


def check_numbers(messages: Sequence[Message]) -> Iterable[str]:
    """Yield what is wrong with the numbers of a run's messages, its first and its last."""
    numbers = [message["seq"] for message in messages]
    if numbers != list(range(1, len(messages) + 1)):
        yield f"its messages are numbered {numbers}"
    types = Counter(message["type"] for message in messages)
    ends = {"start_workflow": messages[0]["type"], "finish_workflow": messages[-1]["type"]}
    for wanted, found in ends.items():
        if found != wanted or types[wanted] != 1:
            yield f"there are {types[wanted]} messages {wanted}, and {found} is where it should be"
    if (status := messages[-1]["data"].get("status")) != "succeeded":
        yield f"it ended as {status}"


def check_tasks(
    messages: Sequence[Message], names: Iterable[str], executions: Executions
) -> Iterable[str]:
    """Yield what is wrong with how often tasks ran and ended."""
    finished: dict[str, Message] = {}
    yield from _check_order(messages, finished)
    for task_id in names:
        if task_id not in finished:
            yield f"{task_id} has not finished"
            continue
        message = finished[task_id]
        starts = executions.starts[message["data"]["run_id"], task_id]
        late = [at for at in starts if at > message["time"]]
        if late and _is_stored(message):
            yield f"{task_id} finished at {message['time']} and ran again at {late}"


def _check_order(messages: Sequence[Message], finished: dict[str, Message]) -> Iterable[str]:
    """Yield what is wrong with the order of messages of tasks; note how each finished last."""
    attempts: dict[str, int] = defaultdict(int)
    for message in messages:
        kind, seq, data = message["type"], message["seq"], message["data"]
        task_id = data.get("task_id")
        if kind in _BAD:
            yield f"{kind} of {task_id}: {data.get('error') or data.get('reason')}"
        elif kind == "finish_task":
            if task_id in finished:
                yield f"{task_id} finished twice, the second time in message {seq}"
            finished[task_id] = message
        elif kind in ("start_task", "task_pending"):
            if task_id in finished:
                yield f"{kind} of {task_id} in message {seq}, when it has finished"
            if kind == "start_task" and data["attempt"] <= attempts[task_id]:
                yield f"{task_id} began in message {seq}, after attempt {attempts[task_id]}"
            attempts[task_id] = max(attempts[task_id], data["attempt"] - (kind != "start_task"))
        elif kind == "task_retry":
            before = finished.pop(task_id, None)
            if before is not None and _is_stored(before):
                yield f"{task_id} is stored and was undone by {seq}: {data['reason']}"


def _is_stored(message: Message) -> bool:
    outputs = message["data"]["outputs"]
    return all(each["stored"] or each["inline"] for each in outputs)


def check_results(
    found: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Any], gone: Collection[str]
) -> Iterable[str]:
    """Yield which tasks made something else than they should.

    Parameters
    ----------
    gone
        Tasks of which the outputs need not be had any more.
    """
    if found.keys() != wanted.keys():
        yield f"there are results of {sorted(found)}"
    for task_id, outputs in found.items():
        try:
            if dict(outputs) != wanted[task_id]:
                yield f"{task_id} made something else"
        except ResultLostError as error:
            if task_id not in gone:
                yield str(error)


def check_seen(folder: Path, truth: Mapping[str, Sequence[Told]]) -> Iterable[str]:
    """Yield where what a client saw is not what the run store tells now."""
    for file in sorted(folder.glob("seen-*")):
        before: dict[str, int] = defaultdict(int)
        for line in file.read_text().splitlines():
            words = line.split(" ")
            if len(words) != 6:
                continue  # its writer was killed in the middle of it
            run_id, seq, saw = words[0], int(words[1]), (words[2], words[3], words[4], words[5])
            now = truth[run_id][seq - 1] if seq <= len(truth.get(run_id, ())) else None
            if saw != now:
                yield f"{file.name} saw {saw} as message {seq} of {run_id}, which is {now}"
            if seq not in (1, before[run_id] + 1):
                yield f"{file.name} saw message {seq} of {run_id} after {before[run_id]}"
            before[run_id] = seq


def check_left(home: Path) -> Iterable[str]:
    """Yield what is left of locks and owners."""
    owners = home / "runs.db.owners"
    if owners.exists() and (left := sorted(path.name for path in owners.iterdir())):
        yield f"owners are left in {owners}: {left}"
    file = home / "runs.db"
    if not file.exists():
        return
    with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            yield f"{file}: {error}"
        if (said := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            yield f"{file}: {said}"
