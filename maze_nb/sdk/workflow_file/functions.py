"""Functions by their import path, such as ``tasks:train``, found beside the file too."""

from __future__ import annotations

import builtins
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from maze_nb.errors import InputError, nearest
from maze_nb.sdk.fingerprint.locality import find_spec

_EXAMPLE = "write it as module:function, such as tasks:train"


def import_object(text: str, folder: Path) -> Any:
    """Return what an import path names; the folder of the file is looked into first.

    It stays in ``sys.path``, so that the modules found there travel with the run.

    Raises
    ------
    InputError
        If there is no such module, or nothing of that name in it, or it cannot be imported.
    """
    module_name, colon, name = text.partition(":")
    parts = [*module_name.split("."), *name.split(".")]
    if not colon or not all(map(str.isidentifier, parts)):
        raise InputError(f"{text!r} is no import path: {_EXAMPLE}")
    here = str(folder)
    if here not in sys.path[:1]:
        sys.path.insert(0, here)
        importlib.invalidate_caches()
    module = _module(module_name, folder)
    found: Any = module
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            known = [each for each in dir(found) if not each.startswith("_")]
            raise InputError(
                f"module {module_name!r} has no {name!r}: {nearest(part, known)}"
            ) from None
    return found


def import_exception(text: str, folder: Path) -> type[BaseException]:
    """Return an exception type by its name if it is built in, else by its import path.

    Raises
    ------
    InputError
        If it is none.
    """
    found = import_object(text, folder) if ":" in text else getattr(builtins, text, None)
    if not isinstance(found, type) or not issubclass(found, BaseException):
        known = [
            name
            for name, each in vars(builtins).items()
            if isinstance(each, type) and issubclass(each, Exception)
        ]
        raise InputError(f"{text!r} is no exception type: {nearest(text, known)}")
    return found


def _module(name: str, folder: Path) -> ModuleType:
    top = name.partition(".")[0]
    _refuse_another(top, folder)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            beside = [*(each.stem for each in folder.glob("*.py")), *_packages(folder)]
            hint = nearest(name, beside)
            raise InputError(
                f"there is no module {name!r}, neither installed nor beside the file: {hint}"
            ) from None
        raise InputError(f"module {name!r} cannot be imported: {error}") from error
    except (Exception, SystemExit) as error:  # it is anybody's code
        text = f"{type(error).__name__}: {error}"
        raise InputError(f"module {name!r} cannot be imported: {text}") from error


def _packages(folder: Path) -> list[str]:
    return [each.parent.name for each in folder.glob("*/__init__.py")]


def _refuse_another(top: str, folder: Path) -> None:
    """Raise InputError if a module beside the file is hidden by one that is imported already."""
    beside = next(
        (each for each in (folder / f"{top}.py", folder / top / "__init__.py") if each.is_file()),
        None,
    )
    loaded = sys.modules.get(top)
    if beside is None or loaded is None:
        return
    spec = find_spec(top)
    there = getattr(loaded, "__file__", None) or (spec.origin if spec else None)
    if there is None or Path(there).resolve() != beside.resolve():
        raise InputError(
            f"module {top!r} beside the file is not the one that is imported here already, which "
            f"is {there or 'built in'}: rename it, or load the file in a fresh process"
        )
