"""What adds containers to a workflow; how they are made is imported with the first of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Unpack

from maze_nb.model.parse_options import OptionWords
from maze_nb.sdk.takes_tasks import TakesTasks
from maze_nb.sdk.workflow_task import When, WorkflowTask


class AddsContainers:
    """Adds tasks that are containers to a workflow."""

    def add_container(
        self: TakesTasks,
        image: str,
        command: str | Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: Mapping[str, str] | None = None,
        mounts: Mapping[str, str] | Iterable[str] = (),
        pull: str = "missing",
        network: bool | str = True,
        user: str | int | None = None,
        cwd: str | PurePath | None = None,
        read_only: bool = False,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a container as a task, run by the Docker or Podman of its worker.

        Parameters
        ----------
        image, command
            What it runs, with ``{name}`` where inputs stand: see :func:`container`.
        inputs
            Their values: texts and numbers, files (``FileInput``, ``UrlInput``, artifacts of
            other tasks), or anything else, which becomes a file of JSON or else of pickle. Files
            are in ``/inputs``, where nothing can be written.
        outputs, mounts, pull, network, user, cwd, read_only, resources, name, options
            As for :func:`container`.
        task_id, when
            As for ``add_task``.

        Raises
        ------
        InputError
            If ``{name}`` stands in the command and is no input, or an output is no file in
            ``/results``.
        OptionError
            If an option makes no sense.
        """
        from maze_nb.sdk.container import check_inputs, container

        made = container(
            image,
            command,
            inputs=tuple(inputs or {}),
            outputs=outputs,
            mounts=mounts,
            pull=pull,
            network=network,
            user=user,
            cwd=cwd,
            read_only=read_only,
            resources=resources,
            name=name,
            **options,
        )
        check_inputs(made, tuple(inputs or {}))
        return self.add_task(made, inputs, task_id=task_id, when=when)
