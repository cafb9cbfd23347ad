"""Whether a notebook front end is there to show things in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, cast


class Shell(Protocol):
    """What displaying needs of IPython's shell: its events."""

    events: Any


def notebook_shell() -> Shell | None:
    """Return the IPython shell of a kernel, or None in a terminal or plain Python."""
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return None
    get_ipython = cast(Callable[[], Any], ipython.get_ipython)
    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None
