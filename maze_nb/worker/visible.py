"""Which GPU devices a worker sees, and by which its child processes see theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping

VARIABLE = "CUDA_VISIBLE_DEVICES"


def visible_devices(environment: Mapping[str, str] = os.environ) -> tuple[str, ...] | None:
    """Return the names of the devices that a worker may use, None if nothing limits them.

    A name is an index or a UUID. As CUDA does, the list ends before the first that is none.
    """
    given = environment.get(VARIABLE)
    if given is None:
        return None
    names: list[str] = []
    for name in (each.strip() for each in given.split(",")):
        if not (name.isdecimal() or name.startswith(("GPU-", "MIG-"))):
            break
        names.append(name)
    return tuple(names)


def cuda_visible(gpu_ids: tuple[int, ...]) -> str:
    """Return the value of ``CUDA_VISIBLE_DEVICES`` by which a process sees these devices only.

    Parameters
    ----------
    gpu_ids
        Indices on the node. Where the worker itself sees only some devices, they count these.
    """
    own = visible_devices() or ()
    return ",".join(own[index] if index < len(own) else str(index) for index in gpu_ids)
