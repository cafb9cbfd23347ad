"""Containers as tasks of a workflow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Unpack

from maze_nb.errors import InputError
from maze_nb.model.parse_options import OptionWords
from maze_nb.runners.commands.shell_text import check_placeholders, placeholders, shell_text
from maze_nb.runners.containers.container import ALWAYS, Container
from maze_nb.runners.containers.options import RESULTS
from maze_nb.sdk.container_words import (
    read_folder,
    read_mounts,
    read_network,
    read_pull,
    read_user,
)
from maze_nb.sdk.program import check_input_names, label_of, program_task, read_env, read_files
from maze_nb.sdk.task_function import TaskFunction

_KEYWORDS = (
    *("command", "inputs", "outputs", "mounts", "pull", "network", "user", "cwd", "read_only"),
    *("resources", "name"),
)


def container(
    image: str,
    command: str | Sequence[str] | None = None,
    *,
    inputs: Iterable[str] = (),
    outputs: Mapping[str, str] | None = None,
    mounts: Mapping[str, str] | Iterable[str] = (),
    pull: str = "missing",
    network: bool | str = True,
    user: str | int | None = None,
    cwd: str | PurePath | None = None,
    read_only: bool = False,
    resources: Mapping[str, float] | None = None,
    name: str | None = None,
    **options: Unpack[OptionWords],
) -> TaskFunction:
    """Return a container as a task that workflows can add, call or map.

    The folder of the task is ``/results`` in it. It succeeds if it ends with exit code 0.

    Parameters
    ----------
    image
        Such as ``"python:3.12-slim"``; by digest (``name@sha256:…``) it is the same for ever.
    command
        A line for ``/bin/sh -e`` in the image, or a list with the words of a program, which the
        image's entrypoint is given; by default what the image says. ``{name}`` stands for an
        input, in the quotes that it needs where it stands; ``{{name}}`` is ``{name}`` itself.
    inputs
        The names of inputs beside those in the command. What is a file is in ``/inputs``.
    outputs
        Files that it leaves in ``/results``, by the name of the output: ``"model.bin"`` is one
        file, and a pattern such as ``"logs/*.txt"`` a list of at least one. Two more outputs are
        ``exit_code`` and ``stdout``.
    mounts
        Folders and files of the worker's machine: ``"/data:/data:ro"``, or a dict as
        ``{"/data": "/data:ro"}``.
    pull
        When the image is pulled: if it is ``"missing"``, ``"always"`` or ``"never"``.
    network
        Whether it has a network, or the name of one.
    user
        As whom it runs: a name or number, also with a group (``"1000:1000"``); by default as the
        image says.
    cwd
        In which of its folders it runs; by default as the image says.
    read_only
        Whether it can write only into ``/results``, ``/tmp`` and its mounts.
    resources
        What it asks for, by default one core. It has so many cores, so much memory (``cpu_mem``),
        and the devices that it was given.
    name
        What to call it; by default the last part of the image's name.
    options
        As for ``task``. In ``env`` inputs may stand too, as ``{name}``.

    Raises
    ------
    InputError
        If ``{name}`` stands where no shell would replace it, or an output is no file in
        ``/results``.
    OptionError
        If an option makes no sense.

    Examples
    --------
    >>> container("python:3.12-slim", "python /app/train.py --rate {rate}")
    <task python(rate) -> exit_code, stdout>
    """
    if not _is_name(image):
        raise InputError(f"an image must be a name such as 'python:3.12-slim', not {image!r}")
    label = label_of(name, _called(image))
    where = f"task {label!r}"
    given = dict(options)
    env = read_env(given, where)
    words = _command(command, where)
    made = Container(
        name=label,
        image=image,
        command=words,
        inputs=_inputs(words, env, inputs, where),
        files=read_files(outputs, ALWAYS, "container", where, folder=f"{RESULTS}/"),
        env=env,
        mounts=read_mounts(mounts, where),
        pull=read_pull(pull, where),
        network=read_network(network, where),
        user=read_user(user, where),
        folder=read_folder(cwd, where),
        is_read_only=bool(read_only),
    )
    return program_task(
        made,
        resources,
        given,
        keywords=_KEYWORDS,
        no_thread="a container, which runs beside its worker",
    )


def check_inputs(task: TaskFunction, inputs: tuple[str, ...]) -> None:
    """Raise InputError if something stands in a container's command that is none of its inputs."""
    asked: Any = task.function
    check_placeholders(_texts(asked.command, asked.env), inputs, f"task {task.name!r}")


def _is_name(image: Any) -> bool:
    return isinstance(image, str) and re.fullmatch(r"\S+", image) is not None


def _called(image: str) -> str:
    """Return the last part of an image's name: ``python`` of ``registry:5000/a/python:3.12``."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0] or "container"


def _command(command: Any, where: str) -> str | tuple[str, ...] | None:
    if command is None or (isinstance(command, str) and command.strip()):
        return command
    words = [] if isinstance(command, str) or not isinstance(command, Sequence) else list(command)
    if not words or not all(isinstance(each, str | PurePath | int | float) for each in words):
        raise InputError(
            f"the command of {where} must be a line for a shell, such as 'make all', or a list of "
            f"words, such as ['make', 'all'], not {command!r}"
        )
    return tuple(map(str, words))


def _inputs(
    command: str | tuple[str, ...] | None,
    env: tuple[tuple[str, str], ...],
    named: Iterable[str],
    where: str,
) -> tuple[str, ...]:
    found = (each for text in _texts(command, env) for each in placeholders(text))
    inputs = tuple(dict.fromkeys([*found, *named]))
    check_input_names(inputs, where)
    if isinstance(command, str):
        shell_text(command, dict.fromkeys(inputs, ""))
    return inputs


def _texts(
    command: str | tuple[str, ...] | None, env: tuple[tuple[str, str], ...]
) -> tuple[str, ...]:
    words = (command,) if isinstance(command, str) else command or ()
    return (*words, *(value for _, value in env))
