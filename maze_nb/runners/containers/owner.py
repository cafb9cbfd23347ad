"""Whose a container is: labels by which it is known, and removing it once its owner is gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from maze_nb.runners.containers.engine import Engine

OWNER = "maze-nb.owner"
"""The label that names the process to which a container belongs."""
_PROGRAM = Path(__file__).with_name("remover.py")
# The marks by which processes are ended that a task left running: the remover is to outlive them.
_MARKS = ("MAZE_CHILD", "MAZE_CHILD_OF", "MAZE_SLOT_HOST")


def owner() -> str:
    """Return what this process is called in labels, unlike any other's name."""
    own = psutil.Process()
    return f"{_machine()}/{own.pid}/{own.create_time():.2f}"


def labels(run_id: str, task_id: str, name: str) -> dict[str, str]:
    """Return the labels of a container for a task that runs in this process."""
    return {
        "maze-nb.run": run_id,
        "maze-nb.task": task_id,
        "maze-nb.task-name": name,
        "maze-nb.worker": f"{os.uname().nodename}:{os.getppid()}",
        OWNER: owner(),
    }


def remove_leftovers(engine: Engine) -> list[str]:
    """Remove the containers of processes of this machine that are gone; return their names."""
    from docker.errors import APIError

    removed = []
    for found in engine.client.api.containers(all=True, filters={"label": OWNER}):
        if _is_gone((found.get("Labels") or {}).get(OWNER, "")):
            # Another task may be just as quick.
            with suppress(APIError):
                engine.client.api.remove_container(found["Id"], force=True, v=True)
                removed.append((found.get("Names") or [found["Id"]])[0].lstrip("/"))
    return removed


@contextmanager
def removed_at_the_end(engine: Engine, container: str) -> Iterator[None]:
    """See to it that a container is gone after the block, also if this process is killed in it.

    A program waits for the end of a pipe, which only this process holds, and removes it then.
    """
    read_end, write_end = os.pipe()
    environment = {name: value for name, value in os.environ.items() if name not in _MARKS}
    try:
        # It is nobody's child once this has returned, so that it is not ended with the task.
        subprocess.run(
            [sys.executable, "-I", "-S", str(_PROGRAM), engine.url, container],
            stdin=read_end,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            check=True,
            start_new_session=True,
        )
    except BaseException:
        os.close(write_end)
        raise
    finally:
        os.close(read_end)
    try:
        yield
    finally:
        _remove(engine, container, write_end)
        os.close(write_end)


def _remove(engine: Engine, container: str, write_end: int) -> None:
    """Remove a container; leave that to the program if the engine does not answer."""
    from docker.errors import APIError, DockerException, NotFound
    from requests.exceptions import RequestException

    try:
        engine.client.api.remove_container(container, force=True, v=True)
    except NotFound:
        pass
    except (APIError, DockerException, RequestException, OSError):
        return
    os.write(write_end, b"done")


def _machine() -> str:
    """Return what the machine, since it was started, and its process ids are known by."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return os.uname().nodename


def _is_gone(name: str) -> bool:
    machine, _, rest = name.rpartition("/")[0].rpartition("/")
    pid, since = rest, name.rpartition("/")[2]
    if machine != _machine() or not pid.isdecimal():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != since
    except psutil.NoSuchProcess:
        return True


def known(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which a container's processes are known to belong to a node."""
    return {name: environment[name] for name in ("MAZE_CHILD_OF",) if name in environment}
