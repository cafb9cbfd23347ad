"""Local modules and packages on this machine: their files, and what those import."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from dask.utils import format_bytes

from maze_nb.config import module_limit
from maze_nb.errors import SerializationError
from maze_nb.sdk.fingerprint.locality import find_spec, is_local
from maze_nb.wire.blobs import MODULES, BlobFolder

_SKIPPED = {"__pycache__", "node_modules", "site-packages"}
_SKIPPED_SUFFIXES = (".pyc", ".pyo")
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a module: where it goes, its digest, and which modules it imports."""

    place: str
    path: Path
    digest: str
    nbytes: int
    imports: frozenset[str]


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """One module or package as its files are now.

    Attributes
    ----------
    name
        What is imported.
    source
        Its file or folder.
    files
        All that belongs to it.
    """

    name: str
    source: Path
    files: tuple[SourceFile, ...]

    @property
    def imports(self) -> set[str]:
        """The modules that it imports, by the first part of their names."""
        return {name for file in self.files for name in file.imports}

    @property
    def digest(self) -> str:
        """Tells versions of it apart."""
        found = hashlib.sha256()
        for file in self.files:
            found.update(f"{file.place}\0{file.digest}\n".encode())
        return found.hexdigest()

    def packed(self) -> bytes:
        """Return all files in a zip file, which is the same for the same files."""
        import zipfile

        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in self.files:
                archive.writestr(zipfile.ZipInfo(file.place, _EARLIEST), file.path.read_bytes())
        return held.getvalue()


def find_module(name: str) -> ModuleSource | None:
    """Return a local module or package by the first part of its name, None if there is none.

    Raises
    ------
    SerializationError
        If its files are larger together than the setting ``maze.module-limit``.
    """
    if not name.isidentifier() or name in ("__main__", "__mp_main__") or not is_local_module(name):
        return None
    spec = find_spec(name)
    if spec is None:
        return None
    folders = list(spec.submodule_search_locations or ())
    origin = spec.origin if spec.has_location else None
    if folders and origin is not None:
        root = Path(folders[0])
        return ModuleSource(name, root, _checked(name, root, _package_files(root)))
    if folders:
        roots = [Path(folder) for folder in dict.fromkeys(folders)]
        # Of several with one name the first is what is imported.
        files = {
            place: path
            for root in reversed(roots)
            for place, path in _package_files(root, is_namespace=True)
        }
        found = _checked(name, roots[0], sorted(files.items()))
        return ModuleSource(name, roots[0], found) if files else None
    if origin is not None and Path(origin).is_file():
        file = Path(origin)
        return ModuleSource(name, file, _checked(name, file, [(file.name, file)]))
    return None


def find_module_beside(name: str, folder: Path) -> ModuleSource | None:
    """Return the module or package of a name that lies in a folder, None if there is none.

    Raises
    ------
    SerializationError
        If its files are larger together than the setting ``maze.module-limit``.
    """
    root, file = folder / name, folder / f"{name}.py"
    if (root / "__init__.py").is_file():
        return ModuleSource(name, root, _checked(name, root, _package_files(root)))
    if file.is_file():
        return ModuleSource(name, file, _checked(name, file, [(file.name, file)]))
    files = list(_package_files(root, is_namespace=True)) if root.is_dir() else []
    return ModuleSource(name, root, _checked(name, root, files)) if files else None


def keep_module(module: ModuleSource) -> str:
    """Put a module into a file, if there is none with its content; return the name of that."""
    known = _kept.get(module.digest)
    here = BlobFolder()
    if known is None or not here.has(known):
        known = _kept[module.digest] = here.keep_bytes(MODULES, module.packed())
    return known


_kept: dict[str, str] = {}


def is_local_module(name: str) -> bool:
    """Tell whether a module that is loaded, or could be, is the user's own code."""
    module, here = sys.modules.get(name), os.getcwd()  # noqa: PTH109 - a text is what is compared
    known = _known.get(name)
    # What is not there may be written any time, so that is not remembered.
    if known is not None and known[0] is module and known[1] == here:
        return known[2]
    if module is None and (name in sys.stdlib_module_names or find_spec(name) is None):
        return False
    _known[name] = module, here, is_local(name)
    return _known[name][2]


_known: dict[str, tuple[ModuleType | None, str, bool]] = {}


def _package_files(root: Path, *, is_namespace: bool = False) -> Iterator[tuple[str, Path]]:
    """Yield the files of a package and where they go; of a namespace only what is code."""
    for place, folders, names in os.walk(root):
        folders[:] = sorted(
            folder for folder in folders if not folder.startswith(".") and folder not in _SKIPPED
        )
        has_code = any(name.endswith(".py") for name in names)
        for name in sorted(names):
            is_code = name.endswith(".py") or (has_code and "__init__.py" in names)
            if name.startswith(".") or name.endswith(_SKIPPED_SUFFIXES):
                continue
            if is_namespace and not is_code:
                continue
            path = Path(place, name)
            if path.is_file():
                yield str(path.relative_to(root.parent)), path


def _checked(name: str, source: Path, files: Iterable[tuple[str, Path]]) -> tuple[SourceFile, ...]:
    limit, nbytes, found = module_limit(), 0, []
    for place, path in files:
        status = path.stat()
        nbytes += status.st_size
        if nbytes > limit:
            raise SerializationError(
                f"the local module {name!r} cannot travel to workers: the files in {source} are "
                f"larger together than {format_bytes(limit)}, the setting maze.module-limit. Put "
                f"its data elsewhere, install it where the workers are, or raise the setting"
            )
        found.append(_file(place, path, (status.st_ino, status.st_mtime_ns, status.st_size)))
    return tuple(found)


@lru_cache(maxsize=20_000)
def _file(place: str, path: Path, _state: tuple[int, int, int]) -> SourceFile:
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    imports = _imports(data) if path.suffix == ".py" else ()
    return SourceFile(place, path, digest, len(data), frozenset(imports))


def imports_in(tree: ast.AST) -> Iterator[str]:
    """Yield the first part of the name of each module that code imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def _imports(data: bytes) -> frozenset[str]:
    try:
        return frozenset(imports_in(ast.parse(data)))
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
