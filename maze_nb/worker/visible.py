"""The devices that a child process sees."""

from __future__ import annotations

import os


def cuda_visible(gpu_ids: tuple[int, ...]) -> str:
    """Return the value of ``CUDA_VISIBLE_DEVICES`` by which a process sees these devices only.

    Parameters
    ----------
    gpu_ids
        Indices on the node. Where the worker itself sees only some devices, they count these.
    """
    own = [each.strip() for each in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if each]
    return ",".join(own[index] if index < len(own) else str(index) for index in gpu_ids)
