"""Changes modules as soon as somebody imports them, and causes no import itself."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

Change = Callable[[ModuleType], None]


class ImportHook(MetaPathFinder):
    """Calls something with a module once it is imported, or at once if it is.

    Parameters
    ----------
    changes
        What to call, by the names of modules.
    """

    def __init__(self, changes: dict[str, Change]) -> None:
        self._changes = dict(changes)

    def install(self) -> None:
        """Begin."""
        for name in list(self._changes):
            module = sys.modules.get(name)
            if module is not None:
                self._changes.pop(name)(module)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how the others would import a module, with the change after it."""
        change = self._changes.get(name)
        if change is None:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _ChangingLoader(spec.loader, change)
                return spec
        return None


class _ChangingLoader(Loader):
    """Does as the loader it stands for, which has its place back afterwards."""

    def __init__(self, loader: Any, change: Change) -> None:
        self._loader = loader
        self._change = change

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._change(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
