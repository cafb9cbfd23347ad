"""What tells whether a task would make again what it made before: its code and its inputs."""

from maze_nb.sdk.fingerprint.parts import Fingerprints, cache_parts

__all__ = ["Fingerprints", "cache_parts"]
