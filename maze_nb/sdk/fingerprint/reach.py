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
from maze_nb.sdk.fingerprint.edited import digest_of_text
from maze_nb.sdk.fingerprint.kept import digest_of_kept, is_read
from maze_nb.sdk.fingerprint.locality import is_foreign, is_local
from maze_nb.sdk.fingerprint.members import (
    attributes_of,
    members_of,
    methods_of,
    module_members,
    short_name,
)
from maze_nb.sdk.fingerprint.reads import Import, reads_of
from maze_nb.sdk.fingerprint.seen import Seen
from maze_nb.sdk.fingerprint.source import class_text
from maze_nb.sdk.fingerprint.whole_module import (
    absolute,
    defines_classes,
    found_by_name,
    is_there,
    loaded,
    modules_imported,
)
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.wire.submission import TOLD_BY_TEXT

_MISSING = object()


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
        self._edited: set[str] = set()
        self._waiting: deque[Callable[[], None]] = deque()

    def add_function(self, function: FunctionType, kind: str = "helper") -> str:
        """Take in a function; return its name."""
        name = f"{kind} `{short_name(function.__qualname__)}`"
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

    def add_kind(self, kind: type | ModuleType) -> None:
        """Take in a class or module of which objects may come from elsewhere."""
        self.name_of(kind)
        if isinstance(kind, ModuleType):
            self._edited |= self._seen.edited_in(kind.__name__)

    def finish(self) -> dict[str, str]:
        """Follow everything to its end; return the digest of each piece under its name."""
        while self._waiting:
            self._waiting.popleft()()
        if self._edited:
            self._parts[TOLD_BY_TEXT] = " ".join(sorted(self._edited))
        return self._parts

    def name_of(self, code: Any) -> str:
        """Return the name of a function, class or module; local ones are taken in."""
        if isinstance(code, ModuleType):
            if not is_local(code.__name__) or code.__name__ == "__main__":
                return f"module {code.__name__}"
            return self._add_module(code.__name__, vars(code))
        if isinstance(code, FunctionType):
            if is_foreign(code):
                return f"{code.__module__}.{code.__qualname__}"
            return self._in_text(code) or self.add_function(code)
        if not is_local(code.__module__):
            return f"{code.__module__}.{code.__qualname__}"
        return self._in_text(code) or self._add(
            code, "", f"class `{short_name(code.__qualname__)}`", self._tell_class
        )

    def digest(self, value: Any) -> str:
        """Return the digest of a value; code in it is taken in.

        Raises
        ------
        Exception
            If it cannot be taken apart.
        """
        return self._digest(value)[0]

    def _digest(self, value: Any) -> tuple[str, bool]:
        """Return the digest of a value, and whether there is code in it."""
        if is_read(value):
            return digest_of_kept(value, self._digest)
        if (known := self._seen.get(value)) is not None:
            return known, False
        has_code = False

        def name(part: Any) -> str:
            nonlocal has_code
            is_kept = is_read(part)
            found = digest_of_kept(part, self._digest) if is_kept else (self.name_of(part), False)
            has_code = has_code or found[1] or found[0] in self._taken
            return found[0]

        digest = content_digest(value, name)
        if not has_code:
            self._seen.put(value, digest)
        return digest, has_code

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
        if (known := self._names.get((id(value), key))) is not None:
            return known[1]
        number, free = 1, name
        while free in self._taken:
            number += 1
            free = f"{name} {number}"
        self._taken.add(free)
        self._names[id(value), key] = (value, free)
        self._waiting.append(lambda: tell(free, value))
        return free

    def _in_text(self, code: FunctionType | type) -> str:
        """Take in the module of a function or class if it is told by its text; return its name.

        The name is empty if it is to be told itself, as most are, or travels itself.
        """
        module, path = code.__module__, code.__qualname__
        if not self._seen.edited_in(module) or found_by_name(module, path) is not code:
            return ""
        return self._add_text(module, path)

    def _add_text(self, module: str, what: str) -> str:
        """Take in a module that is told by its text; return the name of something in it."""
        self._edited |= self._seen.edited_in(module)
        self._add_module(module, loaded(module))
        name = f"{module}.{what}"
        self._taken.add(name)
        return name

    def _tell_function(self, name: str, function: FunctionType) -> None:
        behind = self._in_text(function)
        if behind:
            self._parts[name] = digest_of("in a module", behind)
            return
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
        is_edited = bool(self._seen.edited_in(module))
        digest = digest_of_text(module, is_edited=is_edited)
        if digest is None:
            members = module_members(names)
            behind = [self.add_value(value, f"global `{module}.{key}`") for key, value in members]
            digest = digest_of("members", *behind)
        self._parts[name] = digest
        if module in sys.modules and not (is_edited and not defines_classes(module)):
            self.kinds.append(sys.modules[module])
        for other in modules_imported(module):
            self._add_module(other, loaded(other))

    def _follow(self, chain: tuple[str, ...], namespace: Mapping[str, Any], kind: str) -> str:
        first, *rest = chain
        value, name = namespace.get(first, _MISSING), first
        if value is _MISSING:
            return "of Python" if hasattr(builtins, first) else "not there"
        while isinstance(value, ModuleType) and rest:
            if not is_local(value.__name__):
                break
            if self._seen.edited_in(value.__name__):
                found = self._add_text(value.__name__, rest[0])
                if not isinstance(vars(value).get(rest[0]), ModuleType):
                    return found
            if rest[0] not in vars(value):
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
            elif self._seen.edited_in(module):
                behind.append(self._add_text(module, name))
            elif name in members:
                behind.append(self.add_value(members[name], f"global `{module}.{name}`"))
            else:
                behind.append(self._add_module(module, members))
        return behind or [self._add_module(module, members)]
