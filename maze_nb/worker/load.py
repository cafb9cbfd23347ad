"""Loads the stored outputs of a task on a Dask worker, in place of computing them."""

from __future__ import annotations

from typing import Any

from maze_nb.wire.packed import Packed
from maze_nb.wire.task_call import decode_outputs
from maze_nb.wire.value_file import read_value


def load_outputs(header: bytes, infos: bytes) -> dict[str, Any]:
    """Return the stored outputs of a task by name, packed."""
    found = {}
    for info in decode_outputs(infos):
        if info.inline is not None:
            found[info.name] = Packed(info.inline)
        elif info.stored is not None:
            found[info.name] = read_value(info.stored.path, info.stored.digest)
    return found
