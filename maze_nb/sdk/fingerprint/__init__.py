"""What tells whether a task would make again what it made before: its code and its inputs."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maze_nb.sdk.fingerprint.parts import Fingerprints, cache_parts

__all__ = ["Fingerprints", "cache_parts"]


def __getattr__(name: str) -> Any:
    # Whoever asks what is local needs nothing of this.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("maze_nb.sdk.fingerprint.parts"), name)
