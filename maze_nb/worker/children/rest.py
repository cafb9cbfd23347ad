"""What a process had written last when it ended, and had not told of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

from maze_nb.model.last_output import told_output
from maze_nb.wire.shown import Item, Printed, Told, encode_told
from maze_nb.worker.current_task import CurrentTask
from maze_nb.worker.files.task_folder import LOG
from maze_nb.worker.files.task_log import append_to_log
from maze_nb.worker.outlet import Tell

_TOLD = 2**13
"""So many of the last characters of each stream are told; the log has all."""


def keep_rest(rest: Mapping[str, str], task: CurrentTask, tell: Tell | None) -> None:
    """Add it to the log of the task that ran there, and tell of it.

    Parameters
    ----------
    rest
        The text, by stream.
    tell
        Sends what a task shows towards the scheduler.
    """
    if not rest:
        return
    with suppress(OSError):
        log = task.dir / LOG
        log.touch()
        for text in rest.values():
            append_to_log(log, text)
    if tell is not None:
        items: list[Item] = [Printed(name, text[-_TOLD:]) for name, text in rest.items()]
        tell(encode_told(Told(time.time(), items)))


def last_of(rest: Mapping[str, str]) -> str:
    r"""Return what the error of a task whose process was lost says of it.

    Examples
    --------
    >>> last_of({"stderr": "no such device\n"})
    '\nIts last output:\nno such device'
    >>> last_of({})
    ''
    """
    last = "".join(rest.values()).rstrip()
    return told_output(last[-_TOLD:]) if last else ""
