"""Says of a module that a task could not import where it is missing, and what to do."""

from __future__ import annotations

import importlib.util
import socket
from contextlib import suppress

from maze_nb.worker.current_task import CurrentTask


def explain_import(error: BaseException, task: CurrentTask) -> None:
    """Add to the message of an error that a module is missing on the worker of a task.

    What the task's own code raised of its own accord stays as it is: the module is there then.
    """
    found: BaseException | None = error
    while found is not None and not isinstance(found, ModuleNotFoundError):
        found = found.__cause__
    if not isinstance(found, ModuleNotFoundError) or not found.name or _is_there(found.name):
        return
    message = (
        f"{found.msg}: task {task.name!r} needs the module {found.name!r}, which cannot be "
        f"imported on worker {task.worker} (host {socket.gethostname()}, node {task.node_id}). "
        f"If it is a package, install it in the environment of that worker; if it is your own "
        f"file, put it beside the notebook or on its sys.path, from where it travels"
    )
    found.msg = message
    found.args = (message, *found.args[1:])


def _is_there(name: str) -> bool:
    with suppress(ImportError, ValueError, AttributeError):
        return importlib.util.find_spec(name) is not None
    return False
