"""How a client makes workflows, and finds those again that it made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from maze_nb.errors import WorkflowError, nearest
from maze_nb.sdk.workflow import RunsWorkflows, Workflow


class Makes(RunsWorkflows, Protocol):
    """A client, as far as workflows are made for it."""

    _workflows: dict[str, Workflow]

    def adopt(self, workflow: Workflow) -> None:
        """Let ``get_workflow`` find a workflow that was made elsewhere."""
        ...


class MakesWorkflows:
    """Makes workflows, and finds them again."""

    def create_workflow(self: Makes, name: str | None = None) -> Workflow:
        """Return a new workflow without tasks."""
        workflow = Workflow(self, name)
        self.adopt(workflow)
        return workflow

    def load_workflow(
        self: Makes, path: str | Path, parameters: Mapping[str, Any] | None = None
    ) -> Workflow:
        """Return the workflow that a YAML or JSON file describes; see ``docs/workflow-files.md``.

        The folder of the file is put first in ``sys.path``, so that the modules beside it are
        found, and travel with its runs.

        Parameters
        ----------
        path
            The file.
        parameters
            The values of its parameters, by name.

        Raises
        ------
        WorkflowFileError
            If something is wrong with it: all of it, each with its line.
        """
        # Most workflows are not in files.
        from maze_nb.sdk.workflow_file.load import load_into

        workflow = Workflow(self)
        load_into(workflow, path, parameters)
        self.adopt(workflow)
        return workflow

    def adopt(self: Makes, workflow: Workflow) -> None:
        """Let ``get_workflow`` find a workflow that was made for this client elsewhere."""
        self._workflows[workflow.workflow_id] = workflow

    def get_workflow(self: Makes, workflow_id: str) -> Workflow:
        """Return a workflow that this client made.

        Raises
        ------
        WorkflowError
            If it made none with this id.
        """
        found = self._workflows.get(workflow_id)
        if found is None:
            hint = nearest(workflow_id, self._workflows)
            raise WorkflowError(f"this client made no workflow {workflow_id!r}: {hint}")
        return found
