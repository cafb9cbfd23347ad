"""The local modules that the tasks of a run may import, as a list that travels as a file itself."""

from __future__ import annotations

import pickle
from collections.abc import Iterable

import msgspec

_SHORT_TEXT = pickle.SHORT_BINUNICODE[0]


class ModuleFile(msgspec.Struct, frozen=True, array_like=True):
    """One module or package: ``name`` is what is imported, ``blob`` the zip file that holds it.

    ``source`` is the place it has where it comes from, for people.
    """

    name: str
    blob: str
    source: str = ""


def modules_in(data: bytes, names: Iterable[str]) -> set[str]:
    """Return which of some modules a pickle may import, or code in it; some too many at most.

    Examples
    --------
    >>> import pathlib
    >>> sorted(modules_in(pickle.dumps(pathlib.PurePosixPath), ["path", "pathlib"]))
    ['pathlib']
    """
    return {name for name in names if _stands_in(name.encode(), data)}


def _stands_in(name: bytes, data: bytes) -> bool:
    """Tell whether a short text in a pickle is a name, or that of something inside it."""
    at = data.find(name, 2)
    while at >= 0:
        if data[at - 2] == _SHORT_TEXT:
            text = data[at : at + data[at - 1]]
            if text == name or text.startswith(name + b"."):
                return True
        at = data.find(name, at + 1)
    return False


def encode_modules(modules: tuple[ModuleFile, ...]) -> bytes:
    """Return a list of modules as bytes."""
    return msgspec.msgpack.encode(modules)


def decode_modules(data: bytes) -> tuple[ModuleFile, ...]:
    """Return the list that `data` was made from."""
    return msgspec.msgpack.decode(data, type=tuple[ModuleFile, ...])
