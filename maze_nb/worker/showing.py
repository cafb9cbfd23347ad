"""Has what the tasks of this process display go where it belongs."""

from __future__ import annotations

import builtins
import sys

from maze_nb.runners.display import FUNCTIONS, change_functions, display_anywhere
from maze_nb.runners.figures import PYPLOT, change_pyplot
from maze_nb.runners.import_hook import ImportHook

_SHELL = "IPython.core.interactiveshell"
_hook = ImportHook({FUNCTIONS: change_functions, PYPLOT: change_pyplot})


def install() -> None:
    """Begin; what is imported is changed when it is, and nothing is imported for it.

    A process with an IPython shell is left as it is, since its displays and figures have a place.
    """
    shell = getattr(sys.modules.get(_SHELL), "InteractiveShell", None)
    if shell is not None and shell.initialized():
        return
    _hook.install()
    if not hasattr(builtins, "display"):
        builtins.display = display_anywhere  # type: ignore[attr-defined]
