"""Every error Maze raises, in one tree.

::

    MazeError
    ├── WorkflowError            a workflow that cannot be built as asked
    │   ├── CycleError           an edge would close a cycle
    │   ├── InputError           an unknown, missing or misspelt input or output name
    │   │   ├── UnknownOutputError   an output read as an attribute that is not there
    │   │   └── TypeHintError        what an input is given does not match its type hint
    │   ├── UncalledWorkflowError   a workflow function taken for the workflow that it makes
    │   ├── ResourceError        resources that are misspelt, negative or not numbers
    │   ├── OptionError          an option of a task that is misspelt or makes no sense
    │   ├── SerializationError   a function or value that cannot travel
    │   └── WorkflowFileError    a workflow file with problems, each with its place
    ├── CellError                a notebook cell that cannot become a task
    ├── ConnectionFailedError    a scheduler that cannot be reached, or was lost
    │   └── RunInterruptedError  a run whose scheduler was lost before it had ended
    ├── VersionError             two sides run different versions of Maze
    ├── UnknownRunError          a ``run_id`` nobody knows
    ├── UnknownTaskError         a task the run or workflow does not have
    ├── ResultLostError          a value that is no longer held anywhere
    │   └── UnloadedValueError   a value that is not to be loaded in this process
    ├── ArtifactError            a file of a task that cannot be kept, had or trusted
    ├── StoreError               a run store that cannot be opened, read or written
    └── TaskError                what happened to a task of a run
        ├── TaskFailedError      the task raised, or returned the wrong thing
        │   └── SecretError      a secret that its worker does not have
        ├── TaskTimeoutError     it took longer than its timeout
        ├── MemoryLimitError     it used more memory than its cpu_mem
        ├── ChildLostError       the process it ran in ended without a word
        ├── PoisonousTaskError   it took too many processes down with it
        ├── TaskSkippedError     a task it depends on failed
        └── TaskCancelledError   the task was cancelled
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Any


class MazeError(Exception):
    """Base of every error that Maze raises."""


class WorkflowError(MazeError):
    """A workflow that cannot be built as asked."""


class CycleError(WorkflowError):
    """An edge would close a cycle."""


class InputError(WorkflowError):
    """An unknown, missing or misspelt input or output name."""


class UnknownOutputError(InputError, AttributeError):
    """An output read as an attribute that a task does not have."""


class TypeHintError(InputError):
    """What an input is given does not match its type hint."""


class UncalledWorkflowError(WorkflowError, AttributeError):
    """A workflow function that is used as the workflow which it returns when it is called."""


class ResourceError(WorkflowError):
    """Resources that are misspelt, negative or not numbers."""


class OptionError(WorkflowError):
    """An option of a task that is misspelt or makes no sense."""


class SerializationError(WorkflowError):
    """A function or value that cannot travel to a worker."""


class WorkflowFileError(WorkflowError):
    """A workflow file that cannot be made a workflow.

    Attributes
    ----------
    problems
        Each with ``line``, ``column``, ``path`` and ``message``.
    """

    def __init__(self, text: str, problems: Sequence[Any] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)


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


class ArtifactError(MazeError):
    """A file that a task left behind cannot be kept, had or trusted."""


class UnloadedValueError(ResultLostError):
    """A value that is not to be loaded in this process, as that runs the user's code."""


class StoreError(MazeError):
    """A run store that cannot be opened, read or written."""


class RunTakenError(StoreError):
    """What a scheduler has to say of a run is not taken, as the run is another's by now."""


class TaskError(MazeError):
    """What happened to a task of a run."""


class TaskFailedError(TaskError):
    """The task raised, or returned something other than it declared."""


class SecretError(TaskFailedError):
    """A secret that a task asks for is not to be had on its worker."""


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


def with_article(noun: str) -> str:
    """Return the name of a type, or another noun, after ``a`` or ``an``.

    Examples
    --------
    >>> with_article("str"), with_article("int"), with_article("ndarray"), with_article("UUID")
    ('a str', 'an int', 'an ndarray', 'a UUID')
    """
    is_an = noun[:1].lower() in tuple("aeio") or noun == "ndarray"
    return f"{'an' if is_an else 'a'} {noun}"


def nearest(name: str, known: Iterable[str], *, most: int = 10) -> str:
    """Return a hint that names the nearest known word, or lists what is known.

    Parameters
    ----------
    name
        The word that was given.
    known
        The words that would have been right.
    most
        How many are listed.

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
    shown = ", ".join(repr(word) for word in words[:most])
    return f"known are: {shown}{', …' if len(words) > most else ''}"
