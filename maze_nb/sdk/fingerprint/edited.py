"""Local modules of which workers run another text than this process does, or did so once."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib.machinery import SourceFileLoader
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from maze_nb.sdk.fingerprint.locality import is_local
from maze_nb.sdk.fingerprint.whole_module import (
    digest_on_disk,
    is_as_imported,
    modules_named_in,
)
from maze_nb.wire.submission import TOLD_BY_TEXT

_imported: dict[str, tuple[Any, str]] = {}
_took: dict[str, tuple[Any, dict[str, str]]] = {}
_ran: set[tuple[str, str]] = set()


def is_edited(name: str) -> bool:
    """Tell whether a module is not as it was imported here, comments and formatting aside."""
    module = sys.modules.get(name)
    digest = digest_on_disk(name) if module is not None else None
    if digest is None:
        return False
    # Each time that it is loaded again, a module gets another one.
    spec = getattr(module, "__spec__", None)
    known = _imported.get(name)
    if known is None or known[0] is not spec:
        known = _imported[name] = spec, "" if _was_edited_before(module) else digest
    return known[1] != digest


def note_text_run(code: Mapping[str, str]) -> None:
    """Note that workers run a task of this code, as its pieces do not tell.

    Once a module is loaded again, its pieces could be told; but what was kept of the same text is
    to be found again.
    """
    for name in filter(None, code.get(TOLD_BY_TEXT, "").split(" ")):
        digest = digest_on_disk(name)
        if digest is not None:
            _ran.add((name, digest))


def digest_of_text(name: str, *, is_edited: bool) -> str | None:
    """Return the digest of a module as it is on disk, None if that is not what runs.

    Parameters
    ----------
    is_edited
        Whether it is told by its text anyway.
    """
    return digest_on_disk(name) if is_edited or _is_plain(name) or is_as_imported(name) else None


def _is_plain(name: str) -> bool:
    """Tell whether a module comes from its file as it is there, with nothing changed on the way."""
    return type(getattr(sys.modules.get(name), "__loader__", None)) is SourceFileLoader


class ToldByText:
    """Which modules are to be told by their text, as their pieces are not those that run.

    Make one for each workflow that is frozen: what it has seen it takes not to change.
    """

    def __init__(self) -> None:
        self._found: dict[str, frozenset[str]] = {}

    def __call__(self, name: str | None) -> frozenset[str]:
        """Return the edited modules among a module and those it imports: none for most.

        That is also those that are loaded here as they are now, where the module still has what it
        took from them as they were.
        """
        if name is None:
            return frozenset()
        if name not in self._found:
            self._found[name] = frozenset(_edited_since(name, _reached(name)))
        return self._found[name]


def _edited_since(name: str, reached: list[str]) -> Iterator[str]:
    """Yield which modules are not as they were when another was loaded, or once were not."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    known = _took.get(name)
    if known is None or known[0] is not spec:
        known = _took[name] = spec, {}
    for each in reached:
        digest = digest_on_disk(each)
        if digest is None:
            continue
        before = known[1].setdefault(each, "" if is_edited(each) else digest)
        if before != digest or (each, digest) in _ran:
            yield each


def _reached(name: str) -> list[str]:
    """Return a module and the modules behind it, of those that are local and loaded here."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in found or current not in sys.modules or current == "__main__":
            continue
        if is_local(current):
            found[current] = None
            waiting += modules_named_in(current)
    return list(found)


def _was_edited_before(module: Any) -> bool:
    """Tell whether a module that nobody asked for before is not what was imported."""
    if not _is_plain(module.__name__):
        return False
    return not is_as_imported(module.__name__) or _is_compiled_from_another(module)


def _is_compiled_from_another(module: Any) -> bool:
    """Tell whether what was kept compiled of a module, as it was imported, is of another file."""
    if sys.dont_write_bytecode:
        return False
    try:
        status = Path(module.__file__).stat()
        with Path(cache_from_source(module.__file__)).open("rb") as file:
            head = file.read(16)
    except (OSError, NotImplementedError, TypeError):
        return False
    if len(head) < 16 or head[4:8] != bytes(4):
        return False
    when, size = (int.from_bytes(head[at : at + 4], "little") for at in (8, 12))
    return (when, size) != (int(status.st_mtime) & 0xFFFFFFFF, status.st_size & 0xFFFFFFFF)
