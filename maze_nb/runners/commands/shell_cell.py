"""Notebook cells that are commands: the cell of a task is Python that runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote

from maze_nb.errors import MazeError
from maze_nb.runners.cell import CellFunction
from maze_nb.runners.commands.command import Command
from maze_nb.runners.python import PythonRunner
from maze_nb.runners.screen import current
from maze_nb.wire.task_call import TaskCall

KIND = "shell"
_cores: ContextVar[float] = ContextVar("maze_cores", default=0)


@dataclass(frozen=True)
class ShellCell(CellFunction):
    """A cell whose text is a command, with Python around it that says what it reads and makes."""

    TASK_KIND: ClassVar[str] = KIND


class ShellCellRunner(PythonRunner):
    """Runs cells that are commands."""

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Run the cell, on as many cores as it asks for."""
        token = _cores.set(call.limits.cpu)
        try:
            return super().run(call, code, constants, dependencies)
        except MazeError as error:
            # None of the Python around the command is what a person wrote.
            raise error.with_traceback(None) from None
        finally:
            _cores.reset(token)


def run_shell(
    name: str, text: str, files: Mapping[str, str], inputs: Mapping[str, Any]
) -> dict[str, Any]:
    """Run a command in the folder of the task that calls this, or here if none does.

    Parameters
    ----------
    name
        What the command is called in errors.
    text, files, inputs
        What Bash runs, the files that it leaves by the names of outputs, and the values of inputs.

    Returns
    -------
    dict
        The outputs by name, ``exit_code`` and ``stdout`` among them.
    """
    command = Command(name, text, tuple(inputs), tuple(files.items()))
    screen = current.get()
    if screen is None:
        return command(inputs)
    own = Path(screen.folder)
    screen.expects(dict(files))
    command.forget_files(own)
    # Of all that tells of the task, its folder is what is at hand wherever this is called.
    env = {"RUN_ID": unquote(own.parent.name), "TASK_ID": unquote(own.name)}
    return command.run(inputs, own, env, _cores.get())
