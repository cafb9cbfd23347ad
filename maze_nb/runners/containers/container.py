"""A container as it is described when its task is added."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from maze_nb.errors import TaskFailedError
from maze_nb.runners.containers.options import Mount

ALWAYS = ("exit_code", "stdout")
"""The outputs that every container has."""


@dataclass(frozen=True)
class Container:
    """A container as it was described when its task was added: the code of the task.

    Attributes
    ----------
    name
        What the task is called.
    image
        The image, as the engine calls it.
    command
        A line for the shell in the image, or a program's words; None: what the image says.
    inputs
        The names of its inputs.
    files
        The outputs that are files: names or patterns in ``/results``.
    env
        Its own environment variables, in which inputs may stand.
    mounts
        What it has of the node beside its results and inputs.
    pull
        When the image is pulled: ``missing``, ``always`` or ``never``.
    network
        None: as the engine has it; else the name of a network, ``none`` for none.
    user
        As whom it runs; None: what the image says.
    folder
        Where it runs; None: what the image says.
    is_read_only
        Whether it can write into nothing but ``/results``, ``/tmp`` and its mounts.
    """

    TASK_KIND: ClassVar[str] = "container"

    name: str
    image: str
    command: str | tuple[str, ...] | None = None
    inputs: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    mounts: tuple[Mount, ...] = ()
    pull: str = "missing"
    network: str | None = None
    user: str | None = None
    folder: str | None = None
    is_read_only: bool = False

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return (*ALWAYS, *(name for name, _ in self.files))

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, *_: Any, **__: Any) -> Any:
        """Refuse: only a worker runs it."""
        raise TaskFailedError(f"container {self.name!r} runs as a task only: add it to a workflow")

    def source(self) -> str:
        """Return what it runs."""
        command = self.command if isinstance(self.command, str) else " ".join(self.command or ())
        return f"# {self.image}\n{command}"
