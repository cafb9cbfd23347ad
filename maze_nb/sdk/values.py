"""Large values of this process, each put into a file once, as long as its content is the same."""

from __future__ import annotations

import logging
from typing import Any

from dask.sizeof import sizeof

from maze_nb.sdk.modules import modules_named_in
from maze_nb.wire.blobs import BlobFolder
from maze_nb.wire.code import dump_buffers
from maze_nb.wire.kept_value import KEPT_FROM, KeptValue
from maze_nb.wire.packed import Packed

logger = logging.getLogger(__name__)

_MOSTLY_BUFFERS = 2**16
_BULKY = {"numpy", "pandas", "polars", "pyarrow", "scipy"}
"""Packages whose values may be large and are no code."""
_OF_SETS = (b"\x8f", b"\x91")
"""Opcodes of pickles. Which item of a set comes first is different in each process."""


def is_large(value: Any) -> bool:
    """Tell whether a value is to travel as a file of its own."""
    return int(sizeof(value)) >= KEPT_FROM


def is_bulk(value: Any) -> bool:
    """Tell whether a value is large, and all data, so that it may travel apart from what holds it.

    Fast, as it is asked of everything that is pickled.
    """
    kind = type(value)
    if kind in (bytes, bytearray, str):
        return len(value) >= KEPT_FROM
    return kind.__module__.partition(".")[0] in _BULKY and is_large(value)


def keep_value(value: Any, what: str) -> KeptValue | None:
    """Put a value into a file, if there is none with its content, and return what stands for it.

    None if it turns out to be small, or if no file can be written.

    Parameters
    ----------
    what
        Names the value in an error.

    Raises
    ------
    SerializationError
        If it cannot be pickled.
    """
    return keep_packed(Packed(*dump_buffers(value, what)), value)


def keep_packed(packed: Packed, value: Any) -> KeptValue | None:
    """Do the same for a value that is pickled already."""
    if packed.nbytes < KEPT_FROM:
        return None
    try:
        name, nbytes = BlobFolder().keep_value(packed)
    except OSError as error:
        logger.warning("Large values are sent anew with each run, as none can be kept: %s", error)
        return None
    modules = tuple(sorted(modules_named_in(packed.data)))
    return KeptValue(
        name, nbytes, type(value).__qualname__, _is_plain(packed.data, value, modules), modules
    )


def _is_plain(data: bytes, value: Any, modules: tuple[str, ...]) -> bool:
    if modules or b"__main__" in data[:_MOSTLY_BUFFERS]:
        return False
    if type(value) in (bytes, bytearray, str):
        return True
    return len(data) <= _MOSTLY_BUFFERS and not any(code in data for code in _OF_SETS)
