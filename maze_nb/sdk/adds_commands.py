"""What adds commands to a workflow; how they are made is imported with the first of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Unpack

from maze_nb.model.parse_options import OptionWords
from maze_nb.sdk.takes_tasks import TakesTasks
from maze_nb.sdk.workflow_task import When, WorkflowTask


class AddsCommands:
    """Adds tasks that are commands to a workflow."""

    def add_command(
        self: TakesTasks,
        command: str | Sequence[str],
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: Mapping[str, str | Mapping[str, str]] | None = None,
        cwd: str | PurePath = "",
        limits: Mapping[str, int] | None = None,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a command as a task.

        Parameters
        ----------
        command
            What Bash runs, or the words of a program, with ``{name}`` where inputs stand: see
            :func:`command`.
        inputs
            Their values: texts and numbers, files (``FileInput``, ``UrlInput``, artifacts of
            other tasks), or anything else, which becomes a file of JSON or else of pickle.
        outputs, cwd, limits, resources, name, options
            As for :func:`command`.
        task_id, when
            As for ``add_task``.

        Raises
        ------
        InputError
            If ``{name}`` stands in the command and is no input, or an output is no file in the
            folder where it runs.
        OptionError
            If an option or a limit makes no sense.
        """
        from maze_nb.sdk.command import command_of

        made = command_of(
            command, tuple(inputs or {}), outputs, cwd, limits, resources, name, options
        )
        return self.add_task(made, inputs, task_id=task_id, when=when)
