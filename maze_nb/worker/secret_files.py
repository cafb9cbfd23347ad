"""Where a worker finds secrets: in its environment, or in files that only its user can read."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from maze_nb.config import home
from maze_nb.errors import SecretError
from maze_nb.wire.task_call import TaskCall

FOLDER = "MAZE_SECRETS"
"""The environment variable that names the folder with a file for each secret."""


def read_secrets(call: TaskCall, worker: str) -> dict[str, str]:
    """Return the secrets of a task by name.

    Raises
    ------
    SecretError
        If one is not there, or others could read it: it names the secret, the task, the worker
        and the places that were looked in.
    """
    where = f"task {call.name!r} on worker {worker} ({socket.gethostname()})"
    return {name: read_secret(name, where) for name in call.secrets}


def read_secret(name: str, where: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return one secret.

    Parameters
    ----------
    where
        Names the task and the worker in errors.
    """
    if name in environment:
        return environment[name]
    folder = secrets_folder(environment)
    file = folder / name
    try:
        with file.open("rb") as found:
            mode = stat.S_IMODE(os.fstat(found.fileno()).st_mode)
            if mode & 0o077:
                raise SecretError(
                    f"secret {name!r} of {where} is not taken from the file {file}, since others "
                    f"may read it or write to it (mode {mode:03o}): run chmod 600 {file} there"
                )
            text = found.read().decode()
    except OSError as error:
        raise SecretError(
            f"secret {name!r} of {where} is not there: neither is {name} in the environment of "
            f"the worker, nor can the file {file} be read ({error.strerror}): set it there where "
            f"the worker is started, or put it into that file"
        ) from None
    except UnicodeDecodeError:
        raise SecretError(f"secret {name!r} of {where}: the file {file} holds no text") from None
    return text.removesuffix("\n").removesuffix("\r")


def secrets_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder for files with secrets."""
    named = environment.get(FOLDER)
    return Path(named).expanduser().absolute() if named else home() / "secrets"
