"""What commands and containers have in common as tasks: names, inputs, files and options."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

from maze_nb.artifacts.automatic import AUTOMATIC
from maze_nb.errors import InputError, OptionError, WorkflowError
from maze_nb.model.option_readers import READERS, Place
from maze_nb.model.parse_options import CheckedOptions, parse_options
from maze_nb.model.resources import parse_resources
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.collecting import check_pattern
from maze_nb.sdk.signature import Signature
from maze_nb.sdk.task_function import TaskFunction

# Only a process can be stopped, with all that it started.
BASE = CheckedOptions(TaskOptions(isolation="process"))
"""The options of a command or container of which nothing is said."""


class Program(Protocol):
    """A command or a container, as the function of a task."""

    @property
    def name(self) -> str:
        """What the task is called."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        ...

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        ...

    def __call__(self, params: Any, /) -> Any:
        """Run it here."""
        ...


def label_of(name: str | None, otherwise: str) -> str:
    """Return what a task is called; WorkflowError if that is nothing."""
    label = otherwise if name is None else name
    if not str(label).strip():
        raise WorkflowError("the name of a task must not be empty")
    return label


def read_env(options: dict[str, Any], where: str) -> tuple[tuple[str, str], ...]:
    """Take ``env`` out of the options: inputs may stand in it, so it is the program's own."""
    env: tuple[tuple[str, str], ...] = READERS["env"](options.pop("env", None), Place("env", where))
    return env


def check_input_names(inputs: Collection[Any], where: str) -> None:
    """Raise InputError if something cannot name an input."""
    for each in inputs:
        if not isinstance(each, str) or not each.isidentifier():
            raise InputError(
                f"input {each!r} of {where} must be a name as Python has them, so that "
                f"{{name}} can stand in the command"
            )


def read_files(
    outputs: Any, always: Collection[str], kind: str, where: str, *, folder: str = ""
) -> tuple[tuple[str, str], ...]:
    """Return the outputs that are files, with their patterns.

    Parameters
    ----------
    always
        The outputs that each program of this kind has.
    folder
        What patterns may begin with, as it is where the files are.

    Raises
    ------
    InputError
        If they are no files by name, or one is in another folder.
    """
    if outputs is not None and not isinstance(outputs, Mapping):
        raise InputError(
            f"the outputs of {where} must be a dict of files by the names of the outputs, such as "
            f"{{'log': 'build/*.log'}}, not {outputs!r}"
        )
    found = []
    for name, pattern in (outputs or {}).items():
        if not isinstance(name, str) or not name.isidentifier():
            raise InputError(f"output {name!r} of {where} must be a name as Python has them")
        if name in always or name in AUTOMATIC:
            raise InputError(f"every {kind} has an output {name!r} already: give it another name")
        inside = pattern.removeprefix(folder) if isinstance(pattern, str) else pattern
        found.append((name, check_pattern(inside, name, where)))
    return tuple(found)


def program_task(
    program: Program,
    resources: Mapping[str, float] | None,
    options: Mapping[str, Any],
    *,
    keywords: tuple[str, ...],
    no_thread: str,
) -> TaskFunction:
    """Return the task that runs a program.

    Parameters
    ----------
    keywords
        What may be said of it beside its options.
    no_thread
        What it is, so that it cannot run in a thread.

    Raises
    ------
    OptionError
        If an option makes no sense.
    """
    where = f"task {program.name!r}"
    asked = parse_resources(resources, where=where)
    checked = parse_options(options, base=BASE, resources=asked, where=where, keywords=keywords)
    if checked.options.isolation == "thread":
        raise OptionError(f"{where} is {no_thread}: leave isolation out")
    function = TaskFunction(
        program, Signature("dict", program.inputs, program.outputs), asked, checked
    )
    function.name = program.name
    return function
