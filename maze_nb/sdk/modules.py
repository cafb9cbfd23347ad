"""The local modules that travel with a run, each version of them once.

What is the user's own code is decided by :mod:`maze_nb.sdk.fingerprint.locality`. What travels is
the file as it is on disk when the run is submitted, which is what a fresh kernel would run. With
``%autoreload`` that is what this kernel runs too. Where a module was edited since it was imported
here, and not reloaded, one line says so.
"""

from __future__ import annotations

import ast
import logging
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from maze_nb.errors import SerializationError
from maze_nb.runners.cell import CellFunction
from maze_nb.sdk.module_source import (
    ModuleSource,
    find_module,
    imports_in,
    is_local_module,
    keep_module,
)
from maze_nb.wire.blobs import MODULES, BlobFolder
from maze_nb.wire.module_list import ModuleFile, encode_modules, modules_in
from maze_nb.worker.modules import MADE_HERE

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Travelling:
    """The modules of a run.

    Attributes
    ----------
    listed
        The name of the file with the list of them, empty if there are none.
    needs
        The names of all files that workers need for them.
    """

    listed: str = ""
    needs: tuple[str, ...] = ()


class ModuleSearch:
    """Gathers which local modules a run needs; make one for each run."""

    def __init__(self) -> None:
        self._candidates = _candidates()
        self._named: set[str] = set()
        self._sure: set[str] = set()

    def look_into(self, data: bytes) -> None:
        """Take in what a pickle of code or of values refers to, and what such code imports."""
        self._named |= modules_in(data, self._candidates - self._named)

    def look_into_function(self, function: Callable[..., Any]) -> None:
        """Take in what a function imports."""
        if isinstance(function, CellFunction):
            self._look_into_cell(function)
        elif isinstance(function, FunctionType):
            from maze_nb.sdk.fingerprint.reads import reads_of

            found = reads_of(function.__code__).imports
            self._sure.update(each.module.partition(".")[0] for each in found if not each.level)

    def add(self, names: Iterable[str]) -> None:
        """Take in modules that are known to be needed."""
        self._sure.update(names)

    def finish(self) -> Travelling:
        """Follow the imports of what was found, and put it into files.

        Raises
        ------
        SerializationError
            If one is too large to travel.
        """
        found = self._follow()
        if not found:
            return Travelling()
        _warn_of_edited(found)
        try:
            files = tuple(
                ModuleFile(module.name, keep_module(module), str(module.source)) for module in found
            )
            listed = BlobFolder().keep_bytes(MODULES, encode_modules(files))
        except OSError as error:
            raise SerializationError(
                f"the local modules {', '.join(module.name for module in found)} cannot be made "
                f"ready for workers: {error}"
            ) from error
        MADE_HERE.add(listed)
        return Travelling(listed, (listed, *(file.blob for file in files)))

    def _look_into_cell(self, function: CellFunction) -> None:
        """Take in what a cell imports."""
        for source in (function.source, *function.prelude):
            self._sure.update(imports_in(ast.parse(source)))

    def _follow(self) -> list[ModuleSource]:
        found: dict[str, ModuleSource | None] = {}
        waiting = sorted(self._sure | self._named)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found[name] = module = self._find(name)
            if module is not None:
                self._sure |= module.imports
                waiting += sorted(module.imports - found.keys())
        return [module for _, module in sorted(found.items()) if module is not None]

    def _find(self, name: str) -> ModuleSource | None:
        try:
            return find_module(name)
        except SerializationError:
            if name in self._sure or name in sys.modules:
                raise
            # A text that merely reads like the name of a folder here.
            return None


def modules_named_in(data: bytes) -> set[str]:
    """Return the local modules that a pickle refers to, by the first part of their names."""
    return modules_in(data, _candidates())


def _candidates() -> set[str]:
    """Return the first part of the name of each local module that is loaded, or lies here."""
    loaded = {name.partition(".")[0] for name in list(sys.modules)}
    return {name for name in loaded | _lying_here() if is_local_module(name)} - {"__main__"}


def _lying_here() -> set[str]:
    found: set[str] = set()
    for folder in {*sys.path[:1], "."}:
        try:
            entries = list(os.scandir(folder or "."))
        except OSError:
            continue
        found.update(entry.name[:-3] for entry in entries if entry.name.endswith(".py"))
        found.update(
            entry.name
            for entry in entries
            if entry.name.isidentifier() and Path(entry.path, "__init__.py").exists()
        )
    return found


def _warn_of_edited(travelling: Iterable[ModuleSource]) -> None:
    """Say of each module that is not what was imported here that it is not, once a version."""
    from maze_nb.sdk.fingerprint.edited import is_edited

    loaded = {
        file: module.__name__
        for module in list(sys.modules.values())
        if (file := getattr(module, "__file__", None)) and module.__name__ != "__main__"
    }
    for file in (file for module in travelling for file in module.files):
        path = str(file.path)
        name = loaded.get(path)
        if name is None or (path, file.digest) in _told or not is_edited(name):
            continue
        if _is_autoreloaded(name, file.path):
            continue
        _told.add((path, file.digest))
        logger.warning(
            "%s was edited since it was imported here: workers run it as it is now, this "
            "kernel as it was (importlib.reload(%s), or %%load_ext autoreload with "
            "%%autoreload 2, has both run the same)",
            file.path.name,
            name,
        )


_told: set[tuple[str, str]] = set()


def _is_autoreloaded(name: str, path: Path) -> bool:
    """Tell whether IPython has put a module as it is now into what is loaded, in parts."""
    try:
        magics = sys.modules["IPython"].get_ipython().magics_manager.registry["AutoreloadMagics"]
        known = magics._reloader.deduper_reloader.source_by_modname[name]
        return bool(known == path.read_text())
    except Exception:  # noqa: BLE001 - none of it is promised to be there
        return False
