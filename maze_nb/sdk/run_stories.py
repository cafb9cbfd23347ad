"""What was told of all tasks of a run when it was submitted, found here or at the scheduler."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from maze_nb.sdk.shelf import Shelf
from maze_nb.wire.task_story import TaskStories


def find_stories(call: Callable[..., Any], run_id: str) -> TaskStories:
    """Return what was told of the tasks of a run, from this machine or else from the scheduler.

    Parameters
    ----------
    call
        Calls an operation of the scheduler.
    """
    here = Shelf().stories(run_id)
    if here is not None:
        return here
    return msgspec.msgpack.decode(call("maze_stories", run_id=run_id), type=TaskStories)
