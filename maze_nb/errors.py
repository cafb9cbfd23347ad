"""Every error Maze raises, in one tree.

::

    MazeError
    ├── WorkflowError            a workflow that cannot be built as asked
    │   ├── CycleError           an edge would close a cycle
    │   ├── InputError           an unknown, missing or misspelt input or output name
    │   ├── ResourceError        resources that are misspelt, negative or not numbers
    │   ├── OptionError          an option of a task that is misspelt or makes no sense
    │   └── SerializationError   a function or value that cannot travel
    ├── CellError                a notebook cell that cannot become a task
    ├── ConnectionFailedError    a scheduler that cannot be reached, or was lost
    │   └── RunInterruptedError  a run whose scheduler was lost before it had ended
    ├── VersionError             two sides run different versions of Maze
    ├── UnknownRunError          a ``run_id`` nobody knows
    ├── UnknownTaskError         a task the run or workflow does not have
    ├── ResultLostError          a value that is no longer held anywhere
    ├── StoreError               a run store that cannot be opened, read or written
    └── TaskError                what happened to a task of a run
        ├── TaskFailedError      the task raised, or returned the wrong thing
        ├── TaskTimeoutError     it took longer than its timeout
        ├── MemoryLimitError     it used more memory than its cpu_mem
        ├── ChildLostError       the process it ran in ended without a word
        ├── PoisonousTaskError   it took too many processes down with it
        ├── TaskSkippedError     a task it depends on failed
        └── TaskCancelledError   the task was cancelled
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class MazeError(Exception):
    """Base of every error that Maze raises."""


class WorkflowError(MazeError):
    """A workflow that cannot be built as asked."""


class CycleError(WorkflowError):
    """An edge would close a cycle."""


class InputError(WorkflowError):
    """An unknown, missing or misspelt input or output name."""


class ResourceError(WorkflowError):
    """Resources that are misspelt, negative or not numbers."""


class OptionError(WorkflowError):
    """An option of a task that is misspelt or makes no sense."""


class SerializationError(WorkflowError):
    """A function or value that cannot travel to a worker."""


class CellError(MazeError):
    """A notebook cell that cannot become a task."""


class ConnectionFailedError(MazeError):
    """A scheduler that cannot be reached, or was lost."""


class VersionError(MazeError):
    """Two sides run different versions of Maze."""


class RunInterruptedError(ConnectionFailedError):
    """A run whose scheduler was lost before it had ended."""


class UnknownRunError(MazeError, KeyError):
    """A ``run_id`` nobody knows."""

    __str__ = Exception.__str__


class UnknownTaskError(MazeError, KeyError):
    """A task the run or workflow does not have."""

    __str__ = Exception.__str__


class ResultLostError(MazeError):
    """A value that is no longer held anywhere."""


class StoreError(MazeError):
    """A run store that cannot be opened, read or written."""


class RunTakenError(StoreError):
    """What a scheduler has to say of a run is not taken, as the run is another's by now."""


class TaskError(MazeError):
    """What happened to a task of a run."""


class TaskFailedError(TaskError):
    """The task raised, or returned something other than it declared."""


class TaskTimeoutError(TaskError, TimeoutError):
    """An attempt took longer than the task's timeout."""


# MemoryError makes its instances itself, so it has to come first for them to be unpickled.
class MemoryLimitError(MemoryError, TaskError):
    """The task's process used more memory than its ``cpu_mem``."""


class ChildLostError(TaskError):
    """The process that a task ran in ended without a word."""


class ChildStartError(ChildLostError):
    """No process could be started for a task."""


class PoisonousTaskError(TaskError):
    """A task took too many processes down with it."""


class TaskSkippedError(TaskError):
    """A task it depends on failed."""


class TaskCancelledError(TaskError):
    """The task was cancelled."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like `name`, or None if none is like it."""
    return next(iter(difflib.get_close_matches(name, sorted(known), n=1)), None)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the nearest known word, or lists what is known.

    Parameters
    ----------
    name
        The word that was given.
    known
        The words that would have been right.

    Returns
    -------
    str
        ``"did you mean 'data'?"``, ``"known are: 'a', 'b'"`` or ``"there are none"``.
    """
    words = sorted(known)
    close = closest(name, words)
    if close is not None:
        return f"did you mean {close!r}?"
    if not words:
        return "there are none"
    shown = ", ".join(repr(word) for word in words[:10])
    return f"known are: {shown}{', …' if len(words) > 10 else ''}"
