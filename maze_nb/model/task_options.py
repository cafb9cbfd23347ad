"""How a task is to be run, beside what it asks for: limits, retries, order and where."""

from __future__ import annotations

from dataclasses import dataclass

ISOLATIONS = ("auto", "thread", "process")
KEEPS = ("store", "memory", "both")


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point in time: seconds since 1970 if absolute, else seconds from the run's start."""

    seconds: float
    is_absolute: bool = False


@dataclass(frozen=True, slots=True)
class TaskOptions:
    """How one task is to be run.

    Attributes
    ----------
    timeout
        Seconds one attempt may take; None: as long as it takes.
    isolation
        ``"thread"``: in the worker process; ``"process"``: in a child process of its own;
        ``"auto"``: in a child process if the task asks for what a thread cannot give.
    retries
        How many times it is tried again after it failed.
    backoff
        Seconds before the first retry; doubled for each further one.
    retry_on
        Names of the exception types after which it is tried again; none: after any.
    priority
        From -100 to 100; higher goes first.
    deadline
        When it should be done; tasks with an earlier one go first.
    tags
        What a node has to be tagged with.
    prefer
        Tags of nodes that are taken first where there is a choice.
    node
        The one node that may run it; empty: any.
    keep
        Where outputs too big to travel in messages are kept: ``"store"``: in files, and in the
        cluster's memory only as long as a task needs them; ``"memory"``: in its memory only, so
        that they are lost with it; ``"both"``: in files and in memory.
    cache
        Whether the outputs are taken from an earlier run of the same code on the same inputs.
    version
        Part of what "the same code" means; change it to have the task run again.
    env
        Environment variables that are set in its process, with their values.
    secrets
        The names of secrets that its worker puts into the environment of its process.
    destination
        Where the files go that it leaves (see :mod:`maze_nb.model.destination`); empty: where those
        of the run go.
    """

    timeout: float | None = None
    isolation: str = "auto"
    retries: int = 0
    backoff: float = 1.0
    retry_on: tuple[str, ...] = ()
    priority: int = 0
    deadline: Deadline | None = None
    tags: tuple[str, ...] = ()
    prefer: tuple[str, ...] = ()
    keep: str = "store"
    cache: bool = False
    version: str = ""
    node: str = ""
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    destination: str = ""
