"""What a worker answers to remote calls about files: what was asked for, or why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from maze_nb.errors import MazeError

Answer = dict[str, Any]
"""What was asked for by name, or ``error``, a text."""


async def answer(function: Callable[..., Answer], *arguments: Any) -> Answer:
    """Return what a function gives that waits for a disk, in a thread, or why it gives nothing."""
    try:
        return await asyncio.to_thread(function, *arguments)
    except (MazeError, OSError, ValueError) as error:
        return {"error": str(error)}
