"""Local modules as a whole: a digest of their source, and the local modules they import."""

from __future__ import annotations

import ast
import functools
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

from maze_nb.sdk.fingerprint.content import digest_of
from maze_nb.sdk.fingerprint.locality import find_spec, is_local, source_of
from maze_nb.sdk.fingerprint.members import methods_of
from maze_nb.sdk.fingerprint.source import Source, module_text, parse


def module_digest(name: str) -> str | None:
    """Return a digest of a module's source, or of its file if that is compiled.

    None if there is nothing on disk, or what is there is not what was imported.
    """
    text = source_of(name)
    if text is None:
        spec = find_spec(name)
        file = Path(spec.origin) if spec is not None and spec.origin else None
        return digest_of(file.read_bytes()) if file is not None and file.is_file() else None
    source = _parsed(text)
    if source is None:
        return digest_of("text", text)
    names = loaded(name)
    if any(code.__code__ not in source.codes for code in _functions(name, names)):
        return None
    return _digest(text) if not names else digest_of("source", module_text(source, names))


def modules_imported(name: str) -> list[str]:
    """Return the local modules that a module imports, and those it is inside of."""
    found: dict[str, None] = {}
    parent = name.rpartition(".")[0]
    if parent:
        found[parent] = None
    source = _parsed(source_of(name) or "")
    for node in ast.walk(source.tree) if source else ():
        if isinstance(node, ast.Import):
            found.update(dict.fromkeys(alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom):
            module = absolute(node.module or "", node.level, _package(name))
            if module:
                found[module] = None
                found.update(dict.fromkeys(f"{module}.{alias.name}" for alias in node.names))
    return [each for each in found if each != name and is_there(each)]


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


@functools.lru_cache(maxsize=128)
def _digest(text: str) -> str:
    return digest_of("source", module_text(parse(text), {}))


def _functions(name: str, names: Mapping[str, Any]) -> Iterator[FunctionType]:
    """Yield the functions and methods that were defined in a module's file."""
    file = names.get("__file__")
    for value in names.values():
        made = [value] if isinstance(value, FunctionType) else []
        if isinstance(value, type) and value.__module__ == name:
            made = list(methods_of(value))
        yield from (each for each in made if each.__code__.co_filename == file)
