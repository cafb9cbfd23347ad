"""All local code that something reaches, each piece of it as a digest under its name."""

from __future__ import annotations

import builtins
import contextlib
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

from maze_nb.sdk.fingerprint.content import content_digest, digest_of
from maze_nb.sdk.fingerprint.locality import is_local
from maze_nb.sdk.fingerprint.members import attributes_of, members_of, methods_of, module_members
from maze_nb.sdk.fingerprint.reads import Import, reads_of
from maze_nb.sdk.fingerprint.source import class_text, function_text
from maze_nb.sdk.fingerprint.whole_module import (
    absolute,
    is_there,
    loaded,
    module_digest,
    modules_imported,
)
from maze_nb.sdk.task import TaskFunction

_MISSING = object()


class Seen:
    """What was read before: digests of values that hold no code, and sources of functions."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str]] = {}
        self._texts: dict[int, tuple[CodeType, str | None]] = {}

    def text(self, function: FunctionType) -> str | None:
        """Return the definition of a function in normal form, None if its source is not there."""
        code = function.__code__
        if id(code) not in self._texts:
            self._texts[id(code)] = (code, function_text(code, function.__globals__))
        return self._texts[id(code)][1]

    def get(self, value: Any) -> str | None:
        """Return the digest of this very object, if it is known."""
        found = self._known.get(id(value))
        return found[1] if found else None

    def put(self, value: Any, digest: str) -> None:
        """Keep a digest, and the object, so that no other takes its id."""
        self._known[id(value)] = (value, digest)


class Reach:
    """Follows what code looks up, from one piece to the next, each piece once.

    In the digest of a piece the others it refers to stand by their names only: so circles do no
    harm, and of many pieces only the one that changed is told.

    Attributes
    ----------
    kinds
        The classes and modules among the pieces.
    """

    def __init__(self, seen: Seen) -> None:
        self.kinds: list[type | ModuleType] = []
        self._seen = seen
        self._parts: dict[str, str] = {}
        self._names: dict[tuple[int, str], tuple[Any, str]] = {}
        self._taken: set[str] = set()
        self._waiting: deque[Callable[[], None]] = deque()

    def add_function(self, function: FunctionType, kind: str = "helper") -> str:
        """Take in a function; return its name."""
        name = f"{kind} `{_short(function.__qualname__)}`"
        return self._add(function, "", name, self._tell_function)

    def add_callable(self, function: Callable[..., Any], name: str) -> str:
        """Take in something that can be called, under this name."""
        return self._add(function, name, name, self._tell_value)

    def add_value(self, value: Any, name: str) -> str:
        """Take in what a name stands for, code or data; `name` is for data."""
        if isinstance(value, TaskFunction):
            value = value.function
        if isinstance(value, FunctionType | type | ModuleType):
            return self.name_of(value)
        if isinstance(value, BuiltinFunctionType) and isinstance(value.__self__, ModuleType):
            return f"{value.__module__}.{value.__qualname__}"
        return self._add(value, name, name, self._tell_value)

    def add_reads(
        self, code: CodeType, namespace: Mapping[str, Any], kind: str = "global"
    ) -> list[str]:
        """Take in all that code looks up in `namespace` and imports; return what is behind each.

        Parameters
        ----------
        kind
            What to call data.
        """
        reads = reads_of(code)
        found = [self._follow(chain, namespace, kind) for chain in reads.chains]
        for each in reads.imports:
            found += self._follow_import(each, namespace)
        return found

    def finish(self) -> dict[str, str]:
        """Follow everything to its end; return the digest of each piece under its name."""
        while self._waiting:
            self._waiting.popleft()()
        return self._parts

    def name_of(self, code: Any) -> str:
        """Return the name of a function, class or module; local ones are taken in."""
        if isinstance(code, ModuleType):
            if not is_local(code.__name__) or code.__name__ == "__main__":
                return f"module {code.__name__}"
            return self._add_module(code.__name__, vars(code))
        if isinstance(code, FunctionType):
            if _is_foreign(code):
                return f"{code.__module__}.{code.__qualname__}"
            return self.add_function(code)
        if not is_local(code.__module__):
            return f"{code.__module__}.{code.__qualname__}"
        return self._add(code, "", f"class `{_short(code.__qualname__)}`", self._tell_class)

    def digest(self, value: Any) -> str:
        """Return the digest of a value; code in it is taken in.

        Raises
        ------
        Exception
            If it cannot be taken apart.
        """
        known = self._seen.get(value)
        if known is not None:
            return known
        has_code = False

        def name(code: Any) -> str:
            nonlocal has_code
            found = self.name_of(code)
            has_code = has_code or found in self._taken
            return found

        digest = content_digest(value, name)
        if not has_code:
            self._seen.put(value, digest)
        return digest

    def leniently(self, value: Any) -> str:
        """Return the digest of a value, or of its type where no more can be told."""
        with contextlib.suppress(Exception):
            return self.digest(value)
        behind = None
        with contextlib.suppress(Exception):
            behind = value.__wrapped__
        names = [type(value), *([behind] if isinstance(behind, FunctionType) else [])]
        return digest_of("something", *map(self.name_of, names))

    def _add(self, value: Any, key: str, name: str, tell: Callable[[str, Any], None]) -> str:
        known = self._names.get((id(value), key))
        if known is not None:
            return known[1]
        number, free = 1, name
        while free in self._taken:
            number += 1
            free = f"{name} {number}"
        self._taken.add(free)
        self._names[id(value), key] = (value, free)
        self._waiting.append(lambda: tell(free, value))
        return free

    def _tell_function(self, name: str, function: FunctionType) -> None:
        code, module = function.__code__, function.__globals__.get("__name__")
        if not is_local(module):
            told = ["of a library", str(module), code.co_qualname]
        else:
            text = self._seen.text(function)
            told = [self.digest(code) if text is None else digest_of("source", text)]
            told += self.add_reads(code, function.__globals__)
        self._parts[name] = digest_of(*told, *self._kept_by(function))

    def _kept_by(self, function: FunctionType) -> Iterator[str]:
        """Yield the digests of what a function object has beside its code."""
        yield self.leniently(function.__defaults__)
        yield self.leniently(function.__kwdefaults__)
        for cell in function.__closure__ or ():
            try:
                held = cell.cell_contents
            except ValueError:
                held = None
            yield self.leniently(held)
        for key, value in sorted(vars(function).items()):
            yield digest_of(key, self.leniently(value))

    def _tell_class(self, name: str, kind: type) -> None:
        self.kinds.append(kind)
        told = [self.name_of(base) for base in (*kind.__bases__, type(kind))]
        methods = list(methods_of(kind))
        texts = [class_text(kind, method) for method in methods]
        text = next(filter(None, texts), None)
        if text is None:
            told += [digest_of(key, self.leniently(value)) for key, value in members_of(kind)]
        else:
            told.append(digest_of("source", text))
            told += [digest_of(key, self.leniently(value)) for key, value in attributes_of(kind)]
            for method, its_text in zip(methods, texts, strict=True):
                if its_text == text:
                    told += self.add_reads(method.__code__, method.__globals__)
                    told += self._kept_by(method)
                else:
                    told.append(self.name_of(method))
        self._parts[name] = digest_of(*told)

    def _tell_value(self, name: str, value: Any) -> None:
        self._parts[name] = self.leniently(value)

    def _add_module(self, module: str, names: Mapping[str, Any]) -> str:
        name = f"module `{module}`"
        if name not in self._taken:
            self._taken.add(name)
            self._waiting.append(lambda: self._tell_module(name, module, names))
        return name

    def _tell_module(self, name: str, module: str, names: Mapping[str, Any]) -> None:
        digest = module_digest(module)
        if digest is None:
            # What is on disk is not what runs, or there is nothing on disk.
            members = module_members(names)
            behind = [self.add_value(value, f"global `{module}.{key}`") for key, value in members]
            digest = digest_of("members", *behind)
        self._parts[name] = digest
        if module in sys.modules:
            self.kinds.append(sys.modules[module])
        for other in modules_imported(module):
            self._add_module(other, loaded(other))

    def _follow(self, chain: tuple[str, ...], namespace: Mapping[str, Any], kind: str) -> str:
        first, *rest = chain
        value, name = namespace.get(first, _MISSING), first
        if value is _MISSING:
            return "of Python" if hasattr(builtins, first) else "not there"
        while isinstance(value, ModuleType) and rest:
            if not is_local(value.__name__) or rest[0] not in vars(value):
                break
            value, name = vars(value)[rest[0]], f"{name}.{rest.pop(0)}"
        return self.add_value(value, f"{kind} `{name}`")

    def _follow_import(self, found: Import, namespace: Mapping[str, Any]) -> list[str]:
        package = namespace.get("__package__") or namespace.get("__name__") or ""
        module = absolute(found.module, found.level, str(package))
        if not module or not is_there(module):
            return []
        members = loaded(module)
        behind = []
        for name in found.names:
            if is_there(f"{module}.{name}"):
                behind.append(self._add_module(f"{module}.{name}", loaded(f"{module}.{name}")))
            elif name in members:
                behind.append(self.add_value(members[name], f"global `{module}.{name}`"))
            else:
                behind.append(self._add_module(module, members))
        return behind or [self._add_module(module, members)]


def _is_foreign(function: FunctionType) -> bool:
    """Tell whether a function is a library's own, not one that a library put around the user's."""
    if is_local(function.__globals__.get("__name__")):
        return False
    if not function.__closure__ and not hasattr(function, "__wrapped__"):
        return True
    return not is_local(function.__module__) and "<locals>" not in function.__qualname__


def _short(qualified: str) -> str:
    """Return a qualified name without the functions that it was defined inside of."""
    return qualified.rpartition("<locals>.")[2]
