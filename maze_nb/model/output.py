"""What is known of one output of a task, and of the file that holds it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that holds one output, on a machine with the host name ``host``.

    ``digest`` is the SHA-256 of its content in hexadecimal digits, ``nbytes`` its length.
    """

    path: str
    digest: str
    nbytes: int
    host: str
    node_id: str = ""


@dataclass(frozen=True, slots=True)
class OutputInfo:
    """What is known of one output.

    Small values travel along as pickled bytes; bigger ones are in a file, unless the task was
    told to keep them in memory only. ``length`` is how many items a task that maps over it has:
    None if it cannot be mapped over. ``truth`` is whether it counts as true, as a condition: None
    if that is not known. ``files`` are files beside it that its value stands for: without them it
    is worth nothing. ``content`` is a digest of what they hold, where the value is nothing else.
    """

    name: str
    type: str
    nbytes: int
    summary: str
    inline: bytes | None = None
    stored: StoredFile | None = None
    length: int | None = None
    truth: bool | None = None
    files: tuple[StoredFile, ...] = ()
    content: str = ""

    @property
    def is_stored(self) -> bool:
        """Whether the value can be had when the cluster does not hold it."""
        return self.inline is not None or self.stored is not None
