"""Runs tasks that are containers: images of Docker or Podman, started by this process."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from maze_nb.artifacts.folder_name import CONTAINER_WORK
from maze_nb.errors import InputError, TaskFailedError, WorkflowError
from maze_nb.runners import screen
from maze_nb.runners.collecting import collect, forget
from maze_nb.runners.commands.shell_text import Words, filled, filled_words, shell_text
from maze_nb.runners.containers.container import Container
from maze_nb.runners.containers.engine import Engine, connected
from maze_nb.runners.containers.image import have_image
from maze_nb.runners.containers.options import (
    INPUTS,
    RESULTS,
    ContainerPlan,
    Mount,
    create,
    gpus_here,
)
from maze_nb.runners.containers.owner import known, labels, remove_leftovers, removed_at_the_end
from maze_nb.runners.containers.run import start_and_wait
from maze_nb.runners.outputs import match_outputs
from maze_nb.runners.python import bind_inputs
from maze_nb.runners.staging import STAGED, stage
from maze_nb.runners.work_folder import remove_work, work_folder
from maze_nb.wire.code import load_code
from maze_nb.wire.task_call import TaskCall

SHELL = ["/bin/sh", "-e", "-c"]
_PLAIN = re.compile(r"[^a-zA-Z0-9_.-]+")


class ContainerRunner:
    """Runs containers, each in a child process of the worker.

    There it is stopped like any other task that is: by a signal, after which it has a moment.
    """

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Run the container, and return the outputs that are asked for."""
        container: Container = load_code(code, _nothing_large)
        shown_by = screen.current.get()
        if shown_by is None:
            raise TaskFailedError(f"container {container.name!r} runs as a task only")
        given = bind_inputs(call, constants, dependencies)
        folder = shown_by.folder
        shown_by.expects(dict(container.files))
        remove_work(folder)
        with (
            connected() as engine,
            work_folder(folder, CONTAINER_WORK) as work,
            ExitStack() as stack,
        ):
            remove_leftovers(engine)
            plan = _plan(container, call, folder, work, stage(given, work, "/"))
            have_image(engine, container.image, container.pull)
            forget(dict(container.files), folder)
            stack.enter_context(_writable_by(container.user, folder))
            code_, stdout = _run(engine, plan, container, shown_by)
        made: dict[str, Any] = {"exit_code": code_, "stdout": stdout}
        made.update(collect(dict(container.files), folder, folder, f"container {container.name!r}"))
        wanted = {name: made[name] for name in call.outputs if name in made}
        return match_outputs(wanted, call.outputs, call.style, call.name)


def _run(
    engine: Engine, plan: ContainerPlan, container: Container, shown_by: screen.Screen
) -> tuple[int, str]:
    with removed_at_the_end(engine, plan.name):
        for warning in create(engine, plan):
            print(f"{engine.name}: {warning}", flush=True)  # noqa: T201 - the task's log
        return start_and_wait(engine, plan, container.name, shown_by.used)


def _plan(
    container: Container, call: TaskCall, folder: Path, work: Path, values: Mapping[str, Words]
) -> ContainerPlan:
    words, entrypoint, variables = _command(container.command, values)
    mounts = [Mount(str(folder.resolve()), RESULTS), *container.mounts]
    if (work / STAGED).exists():
        mounts.append(Mount(str((work / STAGED).resolve()), INPUTS, is_read_only=True))
    own = {"TASK_ID": call.task_id, "RUN_ID": call.run_id, "WORKING_DIR": RESULTS}
    variables.update(_own_variables(container, values))
    given = {name: os.environ[name] for name in (*call.env, *call.secrets) if name in os.environ}
    plain = _PLAIN.sub("-", container.name).strip("-.")[:40]
    return ContainerPlan(
        name=f"maze-{plain or 'task'}-{uuid.uuid4().hex[:12]}",
        image=container.image,
        words=words,
        entrypoint=entrypoint,
        environment={**known(os.environ), **own, **variables, **given},
        labels=labels(call.run_id, call.task_id, call.name),
        mounts=tuple(mounts),
        memory=call.limits.memory,
        cpu=call.limits.cpu,
        network=container.network,
        user=container.user,
        folder=container.folder,
        is_read_only=container.is_read_only,
        gpus=gpus_here(),
        scratch=_scratch(container),
    )


def _own_variables(container: Container, values: Mapping[str, Words]) -> dict[str, str]:
    found = {key: filled(text, values) for key, text in container.env}
    for key, text in found.items():
        if "\0" in text:
            raise InputError(
                f"an input that stands in the variable {key!r} of container {container.name!r} "
                f"has a NUL character in it, which no variable can have: give it as a file"
            )
    return found


def _scratch(container: Container) -> tuple[str, ...]:
    is_mounted = any(each.target == "/tmp" for each in container.mounts)  # noqa: S108
    return ("/tmp",) if container.is_read_only and not is_mounted else ()  # noqa: S108


def _command(
    command: str | tuple[str, ...] | None, values: Mapping[str, Words]
) -> tuple[list[str] | None, list[str] | None, dict[str, str]]:
    """Return the words, what they are given to, and variables that they need."""
    if isinstance(command, str):
        line, variables = shell_text(command, values)
        return [line], SHELL, variables
    return (None if command is None else filled_words(command, values)), None, {}


@contextmanager
def _writable_by(user: str | None, folder: Path) -> Iterator[None]:
    """Have another user write into the folder of the task while the container runs."""
    before = folder.stat()
    if user is None or user.partition(":")[0] in ("root", "0"):
        yield
        return
    number = user.partition(":")[0]
    if os.geteuid() == 0 and number.isdecimal():
        os.chown(folder, int(number), -1)
    else:
        folder.chmod(0o777)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            os.chown(folder, before.st_uid, -1)
        folder.chmod(before.st_mode & 0o7777)


def _nothing_large(name: str) -> Any:
    raise WorkflowError(f"a container reads no value from a file, but names {name!r}")
