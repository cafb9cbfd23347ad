"""What adds notebooks to a workflow; how they are made is imported with the first of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Unpack

from maze_nb.model.parse_options import OptionWords
from maze_nb.model.resources import parse_resources
from maze_nb.sdk.takes_tasks import TakesTasks
from maze_nb.sdk.workflow_task import When, WorkflowTask


class AddsNotebooks:
    """Adds tasks that are notebooks to a workflow."""

    def add_notebook(
        self: TakesTasks,
        notebook: str | Path,
        inputs: Mapping[str, Any] | None = None,
        *,
        outputs: Sequence[str] = (),
        kernel: str | None = None,
        resources: Mapping[str, float] | None = None,
        name: str | None = None,
        task_id: str | None = None,
        when: When | None = None,
        **options: Unpack[OptionWords],
    ) -> WorkflowTask:
        """Add a notebook as a task.

        It is read now, and travels with the local modules beside it that it imports. It runs in a
        fresh kernel, in its own folder if the worker has that, else in the folder of the task.
        ``MaClient()`` in it starts a cluster of its own, with as many slots as the task has cores.
        To have it use this one, give ``env={"DASK_SCHEDULER_ADDRESS": client.address}`` and
        ``resources={"cpu": 0}``: a core that it held while it waits could be the one that its
        tasks wait for.

        Parameters
        ----------
        notebook
            The file.
        inputs
            The values of its parameters, as for papermill: numbers, texts, lists and dicts of
            them, or outputs of other tasks that are such.
        outputs
            The names that it records with ``maze_nb.record``. One more output, ``notebook``, is
            the path of the executed notebook, in the folder of the task.
        kernel
            The kernel to use instead of the one that the notebook names.
        resources, name, task_id, when, options
            As for ``add_task``; by default it is called as the file is, and asks for one core.

        Raises
        ------
        WorkflowError
            If the notebook cannot be read.
        InputError
            If it has no such parameter, or one of another type, or a value cannot be written into
            a notebook.
        OptionError
            If an option makes no sense.
        """
        from maze_nb.sdk.notebook import notebook_task, refuse_thread
        from maze_nb.sdk.notebook_file import read_notebook_file

        label = name or Path(notebook).stem
        where = f"task {label!r}"
        asked = parse_resources(resources, where=where)
        refuse_thread(options, where)
        slots = max(math.floor(asked.cpu), 1)
        found = read_notebook_file(notebook, kernel=kernel, slots=slots)
        given = dict(inputs or {})
        function = notebook_task(found, given, outputs, label)
        return self.add_task(
            function, given, resources=resources, name=name, task_id=task_id, when=when, **options
        )
