"""The resources and options of a task, checked one by one so that each has its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maze_nb.errors import WorkflowError
from maze_nb.model.parse_options import parse_options
from maze_nb.model.resources import Resources, parse_resources
from maze_nb.sdk.workflow_file.functions import import_exception
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.tasks import TaskPlan

_GPU_MEMORY = "gpu_mem"


def read_resources(plan: TaskPlan, problems: Problems) -> dict[str, float]:
    """Return what a task asks for."""
    section = plan.get("resources")
    found: dict[str, float] = {}
    for name, node in section.items() if section is not None else ():
        if node.value is None:
            continue
        found[name] = node.value
        # Memory of devices makes sense only together with devices.
        alone = {name: node.value} if name != _GPU_MEMORY else {name: node.value, "gpu": 1}
        try:
            parse_resources(alone, where=f"task {plan.name!r}")
        except WorkflowError as error:
            problems.add(node.place, f"{plan.path}.resources.{name}", str(error))
    return found


def read_options(plan: TaskPlan, folder: Path, problems: Problems) -> dict[str, Any]:
    """Return how a task is to be run."""
    section = plan.get("options")
    found: dict[str, Any] = {}
    for name, node in section.items() if section is not None else ():
        if node.value is None:
            continue
        try:
            value = node.plain()
            if name == "retry_on":
                names = value if isinstance(value, list) else [value]
                value = tuple(import_exception(str(each), folder) for each in names)
            parse_options({name: value}, resources=Resources(), where=f"task {plan.name!r}")
            found[name] = value
        except WorkflowError as error:
            problems.add(node.place, f"{plan.path}.options.{name}", str(error))
    return found
