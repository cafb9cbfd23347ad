"""Identifiers, told apart by type."""

from __future__ import annotations

import uuid
from typing import NewType

RunId = NewType("RunId", str)
TaskId = NewType("TaskId", str)
WorkflowId = NewType("WorkflowId", str)
NodeId = NewType("NodeId", str)
SlotId = NewType("SlotId", str)


def new_run_id() -> RunId:
    """Return a fresh random run id: 32 hexadecimal digits."""
    return RunId(uuid.uuid4().hex)


def new_task_id() -> TaskId:
    """Return a fresh random task id: 32 hexadecimal digits."""
    return TaskId(uuid.uuid4().hex)


def new_workflow_id() -> WorkflowId:
    """Return a fresh random workflow id: 32 hexadecimal digits."""
    return WorkflowId(uuid.uuid4().hex)
