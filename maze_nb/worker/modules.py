"""Makes the local modules that came with a task importable in a process, each in its version."""

from __future__ import annotations

import importlib
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

import msgspec

from maze_nb.errors import MazeError

_LOADED_BEFORE = frozenset(name.partition(".")[0] for name in sys.modules)
"""What Maze and Dask run on themselves, which is never replaced."""


MADE_HERE: set[str] = set()
"""The lists of modules that this process itself sends out: a worker in it has them loaded."""


class TravelledModule(msgspec.Struct, frozen=True, array_like=True):
    """One module or package, and the folder of its own in which this version of it is."""

    name: str
    folder: str


class ModulesInUseError(MazeError):
    """Another task of the process uses another version of a module."""


class Modules:
    """Finds modules in the folders they came in, for all imports of the process.

    Guards that no task is given another version than its own: versions are exchanged only while
    no task uses the one that is there, or what may have imported it. All that came along with
    another version is loaded anew, as it holds what it took from that.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._folders: dict[str, str] = {}
        self._users: Counter[str] = Counter()
        self._together: dict[str, set[str]] = {}
        self._on_exchange: list[Callable[[], None]] = []

    def on_exchange(self, call: Callable[[], None]) -> None:
        """Have something called whenever a version takes the place of another."""
        self._on_exchange.append(call)

    @contextmanager
    def at_hand(self, wanted: Sequence[TravelledModule]) -> Iterator[None]:
        """Have these modules importable inside the block.

        Raises
        ------
        ModulesInUseError
            If a task uses another version of one of them now, or what came along with it.
        """
        ours = [module for module in wanted if module.name not in _LOADED_BEFORE]
        with self._lock:
            new = [module for module in ours if self._folders.get(module.name) != module.folder]
            touched = self._touched_by(new)
            taken = sorted(name for name in touched if self._users[name])
            if taken:
                raise ModulesInUseError(f"{taken[0]!r} is in use with other versions of modules")
            self._exchange(new, touched)
            self._note_together(ours)
            self._users.update(module.name for module in ours)
        try:
            yield
        finally:
            with self._lock:
                self._users.subtract(module.name for module in ours)

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is; what is inside of packages is found by Python itself."""
        folder = self._folders.get(name)
        return None if folder is None else PathFinder.find_spec(name, [folder], target)

    def _touched_by(self, new: Sequence[TravelledModule]) -> set[str]:
        """Return the modules that have to be loaded anew: a list of modules has all they import."""
        touched = {module.name for module in new}
        return touched.union(*(self._together.get(name, ()) for name in touched))

    def _note_together(self, ours: Sequence[TravelledModule]) -> None:
        names = {module.name for module in ours}
        for name in names:
            self._together.setdefault(name, set()).update(names)

    def _exchange(self, new: Sequence[TravelledModule], touched: set[str]) -> None:
        if not new:
            return
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        loaded = [name for name in sys.modules if name.partition(".")[0] in touched]
        for name in loaded:
            del sys.modules[name]
        self._folders.update({module.name: module.folder for module in new})
        importlib.invalidate_caches()
        if loaded:
            for call in self._on_exchange:
                call()


MODULES = Modules()
