"""Values as digests of their content, the same in every process."""

from __future__ import annotations

import functools
import hashlib
import pickle
from collections.abc import Callable
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, ClassVar, TypeVar

import cloudpickle
import msgspec
import numpy

from maze_nb.sdk.fingerprint.reads import shape_of, steps_of
from maze_nb.sdk.task_function import TaskFunction
from maze_nb.wire.kept_value import KeptValue

Name = Callable[[Any], str]
"""Gives a function, class or module the name under which its own content is told elsewhere.

What stands for a value in a file has the digest of that for a name.
"""

_FLAT = frozenset({type(None), bool, int, float, str, bytes})
_MANY = 32
_encode = msgspec.msgpack.Encoder().encode


def digest_of(*parts: str | bytes) -> str:
    """Return a digest of texts, in order."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode(errors="surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()[:32]


def content_digest(value: Any, name: Name) -> str:
    """Return a digest of a value's content.

    Parameters
    ----------
    name
        Asked for each function, class and module in it, and for what stands for values in files.

    Raises
    ------
    Exception
        Whatever pickling raises for what cannot be taken apart.
    """
    if type(value) in _FLAT:
        return digest_of(type(value).__name__, repr(value))
    sink = _Sink()
    _Content(sink, name).dump(value)
    return sink.digest.hexdigest()[:32]


class _Sink:
    """A file that keeps nothing but a digest of what is written to it."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, data: Any) -> None:
        self.digest.update(data)


class _Content(pickle._Pickler):
    """Takes values apart as a pickler does, and tells them apart by content.

    Code is left to whoever names it. The order of sets, the identity of equal strings and the
    layout of arrays in memory do not show.
    """

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)
    dispatch_table = cloudpickle.Pickler.dispatch_table
    memo: dict[int, Any]
    write: Callable[[bytes], Any]

    def __init__(self, sink: _Sink, name: Name, *, is_rough: bool = False) -> None:
        super().__init__(sink, protocol=5)
        self._name = name
        self._is_rough = is_rough

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:  # noqa: C901
        kind = type(obj)
        if isinstance(obj, TaskFunction):
            self._tell(b"task", obj.function)
        elif isinstance(obj, FunctionType | type | ModuleType):
            self._emit(b"code", self._name(obj).encode())
        elif kind is MethodType:
            self._tell(b"method", [obj.__func__, obj.__self__])
        elif kind is BuiltinFunctionType:
            owner = None if isinstance(obj.__self__, ModuleType) else obj.__self__
            self._tell(b"builtin", [str(obj.__module__), obj.__qualname__, owner])
        elif kind is CodeType:
            self._tell(b"steps", [obj.co_name, list(shape_of(obj)), steps_of(obj)])
        elif kind in (numpy.ndarray, numpy.memmap) and not obj.dtype.hasobject:
            self._save_array(obj)
        elif isinstance(obj, numpy.dtype):
            self._emit(b"dtype", pickle.dumps(obj, 4))
        elif kind is KeptValue and not obj.is_plain:
            self._emit(b"kept", self._name(obj).encode())
        elif kind is TypeVar:
            self._emit(b"typevar", repr(obj).encode())
        elif kind is functools._lru_cache_wrapper:
            self._tell(b"cached", obj.__wrapped__)
        elif kind is tuple and _is_flat(obj):
            self._save_flat(obj)
        elif kind in (list, dict) and len(obj) >= _MANY and id(obj) not in self.memo:
            self._save_many(obj)
        else:
            super().save(obj, save_persistent_id)  # type: ignore[misc]

    def save_global(self, obj: Any, name: str | None = None) -> None:
        """Tell a singleton by its name."""
        module = pickle.whichmodule(obj, name or "")  # type: ignore[attr-defined]
        self._emit(b"global", f"{module}.{name or obj!r}".encode())

    def memoize(self, obj: Any) -> None:
        """Remember what can be told apart from an equal one."""
        if type(obj) not in (str, bytes):
            super().memoize(obj)  # type: ignore[misc]

    def _save_set(self, obj: Any) -> None:
        self._emit(b"set", type(obj).__name__.encode())
        self.memoize(obj)
        if self._is_rough and not all(map(_is_plain, obj)):
            # Objects that have sets of objects are put in order by what else is in them: else
            # this would go round in circles.
            self.save(len(obj))
        else:
            self.save(sorted(obj, key=_rough_digest))

    dispatch[set] = dispatch[frozenset] = _save_set

    def _save_array(self, array: Any) -> None:
        dense = numpy.ascontiguousarray(array)
        digest = hashlib.sha256()
        if dense.dtype.itemsize:
            digest.update(dense.reshape(-1).view(numpy.uint8).data)
        self._emit(b"array", digest.digest())
        self._tell(b"form", [array.dtype, list(array.shape)])

    def _save_many(self, obj: Any) -> None:
        values = obj if type(obj) is list else [*obj.keys(), *obj.values()]
        if not _FLAT.issuperset(map(type, values)) or not self._save_flat(obj):
            super().save(obj)  # type: ignore[misc]
            return
        self.memoize(obj)

    def _save_flat(self, obj: Any) -> bool:
        try:
            data = _encode(obj)
        except (OverflowError, TypeError, UnicodeError):
            if type(obj) is tuple:
                super().save(obj)  # type: ignore[misc]
            return False
        self._emit(b"flat", type(obj).__name__.encode() + hashlib.sha256(data).digest())
        return True

    def _tell(self, kind: bytes, parts: Any) -> None:
        self._emit(kind, b"")
        self.save(parts)

    def _emit(self, kind: bytes, data: bytes) -> None:
        # No pickle has an opcode of this value.
        self.write(b"\xff%b %d:%b" % (kind, len(data), data))


def _is_flat(value: tuple[Any, ...]) -> bool:
    return bool(value) and _FLAT.issuperset(map(type, value))


def _rough_digest(value: Any) -> bytes:
    if type(value) in _FLAT:
        return f"{type(value).__name__} {value!r}".encode(errors="surrogatepass")
    sink = _Sink()
    _Content(sink, _name_roughly, is_rough=True).dump(value)
    return sink.digest.digest()


def _is_plain(value: Any) -> bool:
    if type(value) in (tuple, frozenset):
        return all(map(_is_plain, value))
    return type(value) in _FLAT


def _name_roughly(code: Any) -> str:
    if isinstance(code, FunctionType):
        return f"{code.__qualname__} {content_digest(code.__code__, _name_roughly)}"
    return str(getattr(code, "__qualname__", None) or getattr(code, "__name__", ""))
