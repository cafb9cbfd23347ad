"""Which modules are the user's own code, and where modules are to be had without importing them."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import FunctionType, ModuleType

_OWN = "maze_nb"
_INSTALLED = {"site-packages", "dist-packages"}
_STANDARD = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib"))


def is_local(name: str | None) -> bool:
    """Tell whether a module holds the user's own code.

    That is what neither belongs to Python nor is installed: notebooks, scripts, modules beside
    them, packages installed to be edited, and modules that are in no file.
    """
    if name is None or name == "__main__":
        return True
    if name.partition(".")[0] == _OWN:
        return False
    file, folders = _places(name)
    here = os.getcwd()  # noqa: PTH109 - a text is what the answers are kept by
    if file is not None:
        return _is_local_place(file, here)
    if folders:
        return all(_is_local_place(folder, here) for folder in folders)
    return name.partition(".")[0] not in sys.stdlib_module_names


def is_foreign(function: FunctionType) -> bool:
    """Tell whether a function is a library's own, not one that a library put around the user's."""
    if is_local(function.__globals__.get("__name__")):
        return False
    if not function.__closure__ and not hasattr(function, "__wrapped__"):
        return True
    return not is_local(function.__module__) and "<locals>" not in function.__qualname__


def find_spec(name: str) -> ModuleSpec | None:
    """Return how a module would be imported, None if it is not found; imports nothing."""
    module = sys.modules.get(name)
    if module is not None:
        return getattr(module, "__spec__", None)
    parent, _, _ = name.rpartition(".")
    path: Sequence[str] | None = None
    if parent:
        above = find_spec(parent)
        if above is None or above.submodule_search_locations is None:
            return None
        path = list(above.submodule_search_locations)
    for finder in sys.meta_path:
        # Finders are anybody's code.
        with contextlib.suppress(Exception):
            spec = finder.find_spec(name, path)
            if spec is not None:
                return spec
    return None


def source_of(name: str) -> str | None:
    """Return the source of a module as it is on disk now, None if it has none."""
    spec = find_spec(name)
    module = sys.modules.get(name)
    loader = getattr(module, "__loader__", None) or getattr(spec, "loader", None)
    try:
        found = loader.get_source(name)  # type: ignore[union-attr]
    except Exception:  # noqa: BLE001 - loaders are anybody's code
        return None
    return found if isinstance(found, str) else None


def _places(name: str) -> tuple[str | None, list[str]]:
    module: ModuleType | None = sys.modules.get(name)
    spec = find_spec(name)
    file = getattr(module, "__file__", None)
    if file is None and spec is not None and spec.has_location:
        file = spec.origin
    folders = getattr(module, "__path__", None) or getattr(spec, "submodule_search_locations", None)
    return (str(file) if file else None), [str(folder) for folder in folders or ()]


@functools.lru_cache(maxsize=4096)
def _is_local_place(place: str, here: str) -> bool:
    path, working = Path(place).resolve(), Path(here).resolve()
    if path.is_relative_to(working):
        # What is installed below the working directory, in a virtual environment, stays installed.
        return not _INSTALLED.intersection(path.relative_to(working).parts)
    if _INSTALLED.intersection(path.parts):
        return False
    return not any(path.is_relative_to(standard) for standard in _STANDARD)
