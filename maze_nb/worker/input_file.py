"""What an input file of a task is called where the task is told of it."""

from __future__ import annotations

import contextlib
from collections.abc import Container
from typing import Any
from urllib.parse import unquote

from maze_nb.artifacts.nearby import GIVEN


def told_of(blob: str, task: str, inputs: Container[str], packed: Any) -> str:
    """Return how to speak of an input file; nothing of the user is loaded for that.

    Parameters
    ----------
    blob
        Names its content: see :mod:`maze_nb.wire.blobs`.
    task
        What the task is called.
    inputs
        The names of the task's inputs.
    packed
        A pickle that tells of it.

    Examples
    --------
    >>> import pickle
    >>> from maze_nb.artifacts.nearby import given_url
    >>> packed = pickle.dumps({"data": given_url("files/3f", "a.csv")})
    >>> told_of("files/3f", "read", ["data"], packed)
    "the input file 'a.csv' ('data' of task 'read')"
    """
    # Only failed tasks need it.
    import pickletools

    start, key = f"{GIVEN}:{blob}/", ""
    with contextlib.suppress(ValueError):
        for _, text, _ in pickletools.genops(packed):
            if not isinstance(text, str):
                continue
            if text.startswith(start):
                of = f"{key!r} of task {task!r}" if key else f"of task {task!r}"
                return f"the input file {unquote(text.removeprefix(start))!r} ({of})"
            if text in inputs:
                key = text
    return f"the input file {blob} of task {task!r}"
