"""Outputs that stay as bytes: the server runs nobody's code."""

from __future__ import annotations

from typing import Any, NoReturn

from maze_nb.errors import UnloadedValueError
from maze_nb.sdk.outputs import Outputs


class SealedOutputs(Outputs):
    """The outputs of a finished task by name, none of which can be loaded."""

    def __getitem__(self, name: str) -> Any:
        if name not in tuple(self):
            raise KeyError(name)
        refuse(name)


def refuse(name: str) -> NoReturn:
    """Raise that a value is not loaded here."""
    raise UnloadedValueError(
        f"output {name!r} is not loaded in the Jupyter server, as that runs the code of whoever "
        "made it: read it in a notebook by client.get_run(…).result(…)"
    )
