"""The runner of tasks that are commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from maze_nb.errors import WorkflowError
from maze_nb.runners.commands.command import Command
from maze_nb.runners.outputs import match_outputs
from maze_nb.runners.python import bind_inputs
from maze_nb.runners.screen import current
from maze_nb.wire.code import load_code
from maze_nb.wire.task_call import TaskCall


class CommandRunner:
    """Runs commands."""

    def run(
        self, call: TaskCall, code: bytes, constants: bytes, dependencies: Sequence[Any]
    ) -> dict[str, Any]:
        """Run the command and return the outputs that are asked for."""
        command: Command = load_code(code, _nothing_large)
        screen = current.get()
        own = Path.cwd() if screen is None else screen.folder
        if screen is not None:
            screen.expects(dict(command.files))
        command.forget_files(own)
        env = {"TASK_ID": call.task_id, "RUN_ID": call.run_id}
        inputs = bind_inputs(call, constants, dependencies)
        made = command.run(inputs, own, env, call.limits.cpu)
        wanted = {name: made[name] for name in call.outputs if name in made}
        return match_outputs(wanted, call.outputs, call.style, call.name)


def _nothing_large(name: str) -> Any:
    raise WorkflowError(f"a command reads no value from a file, but names {name!r}")
