"""Local modules as a whole: a digest of their source, and the local modules they import."""

from __future__ import annotations

import ast
import importlib.util
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.locality import find_spec, is_local, source_of
from maze_nb.sdk.fingerprint.members import methods_of
from maze_nb.sdk.fingerprint.source import Source, module_text, parse


def is_as_imported(name: str) -> bool:
    """Tell whether the functions of a module are those in its file, as far as that can be told."""
    source = _parsed(source_of(name) or "")
    functions = _functions(name, loaded(name))
    return source is None or all(each.__code__ in source.codes for each in functions)


def digest_on_disk(name: str) -> str | None:
    """Return a digest of a module's source on disk, or of its file if that is compiled.

    None if there is neither. Comments, formatting and docstrings do not show.
    """
    return _on_disk(name).digest


def defines_classes(name: str) -> bool:
    """Tell whether there are classes in a module, as far as its source shows."""
    return _on_disk(name).has_classes


def modules_imported(name: str) -> list[str]:
    """Return the local modules that a module imports, and those it is inside of."""
    return [each for each in modules_named_in(name) if is_there(each)]


def modules_named_in(name: str) -> tuple[str, ...]:
    """Return what may be the modules that a module imports, and those it is inside of."""
    return _on_disk(name).named


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A module as it is on disk; ``state`` is by what its loader and its file are known."""

    state: tuple[Any, ...]
    digest: str | None
    named: tuple[str, ...]
    has_classes: bool


def _on_disk(name: str) -> _OnDisk:
    state = _state(name)
    known = _known.get(name)
    if known is None or state is None or known.state != state:
        known = _known[name] = _read(name, state or ())
    return known


_known: dict[str, _OnDisk] = {}


def _state(name: str) -> tuple[Any, ...] | None:
    """Return what is another one once a module is loaded again or edited; None if unknown."""
    spec = find_spec(name)
    if spec is None or not spec.origin or not spec.has_location:
        return None
    try:
        status = os.stat(spec.origin)  # noqa: PTH116 - a text is what is there
    except OSError:
        return None
    return spec, name in sys.modules, status.st_ino, status.st_mtime_ns, status.st_size


def _read(name: str, state: tuple[Any, ...]) -> _OnDisk:
    text = source_of(name)
    source = None if text is None else _parsed(text)
    named: dict[str, None] = {}
    parent = name.rpartition(".")[0]
    if parent:
        named[parent] = None
    has_classes = False
    for node in ast.walk(source.tree) if source else ():
        if isinstance(node, ast.Import):
            named.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node.module or "", node.level, _package(name))
            if module:
                named[module] = None
                named.update(dict.fromkeys(f"{module}.{alias.name}" for alias in node.names))
        has_classes = has_classes or isinstance(node, ast.ClassDef)
    named.pop(name, None)
    return _OnDisk(state, _digest(name, text, source), tuple(named), has_classes)


def _digest(name: str, text: str | None, source: Source | None) -> str | None:
    if text is None:
        spec = find_spec(name)
        file = Path(spec.origin) if spec is not None and spec.origin else None
        return digest_of(file.read_bytes()) if file is not None and file.is_file() else None
    if source is None:
        return digest_of("text", text)
    return digest_of("source", module_text(source, loaded(name)))


def is_there(name: str) -> bool:
    """Tell whether a name is that of a local module that can be imported."""
    return is_local(name) and (name in sys.modules or find_spec(name) is not None)


def absolute(module: str, level: int, package: str) -> str:
    """Return the full name of a module, empty if there is none; `level` counts leading dots."""
    if not level:
        return module
    try:
        return importlib.util.resolve_name("." * level + module, package)
    except (ImportError, ValueError):
        return ""


def loaded(name: str) -> Mapping[str, Any]:
    """Return the names in a module, none if it was not imported."""
    return getattr(sys.modules.get(name), "__dict__", {})


def found_by_name(module: str, path: str) -> object:
    """Return what is found in a module under this name, as when it is pickled by it."""
    found: object = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


def _package(name: str) -> str:
    spec = find_spec(name)
    if spec is not None and spec.submodule_search_locations is not None:
        return name
    return name.rpartition(".")[0]


def _parsed(text: str) -> Source | None:
    try:
        return parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _functions(name: str, names: Mapping[str, Any]) -> Iterator[FunctionType]:
    """Yield the functions and methods that were defined in a module's file."""
    file = names.get("__file__")
    for value in names.values():
        made = [value] if isinstance(value, FunctionType) else []
        if isinstance(value, type) and value.__module__ == name:
            made = list(methods_of(value))
        yield from (each for each in made if each.__code__.co_filename == file)
