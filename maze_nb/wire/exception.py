"""A user's exception as bytes, from which it comes back with its type, arguments and attributes."""

from __future__ import annotations

import contextlib
import io
import pickle
from collections.abc import Callable
from typing import Any

import cloudpickle

from maze_nb.wire.code import load_value

_HEAP_TYPE = 1 << 9
_PICKLING = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__")

Reduce = Callable[[BaseException], Any]
"""Says how one exception is made again, in the form of ``object.__reduce__``."""


def dump_exception(error: BaseException) -> bytes | None:
    """Return an exception as bytes, or None if there is no way to.

    An exception is made again without a call of its ``__init__``, the arguments of which are known
    to nobody. How its class was registered with ``copyreg`` does not count: Dask does so for a
    class only after the first exception of it. Attributes that cannot be pickled are left out.
    """
    for reduce in (_as_its_class_says, _native, _lenient(error)):
        with contextlib.suppress(Exception):
            data = _dumps(error, reduce)
            if type(load_value(data)) is type(error):
                return data
    return None


def make_anew(kind: type[BaseException], args: tuple[Any, ...]) -> Any:
    """Return an exception of a type, made as its built-in base makes it of `args`."""
    native: Any = _native_base(kind)
    error = native.__new__(kind, *args)
    native.__init__(error, *args)
    return error


def restore(error: BaseException, state: dict[str, Any]) -> None:
    """Give an exception its attributes, past whatever its class does when they are set."""
    native = _native_base(type(error))
    for name, value in state.items():
        if hasattr(native, name):
            object.__setattr__(error, name, value)
        else:
            error.__dict__[name] = value


def _native_base(kind: type[BaseException]) -> type[BaseException]:
    """Return the built-in type that holds what an exception has beside its ``__dict__``."""
    return next(base for base in kind.__mro__ if not base.__flags__ & _HEAP_TYPE)


def _as_its_class_says(error: BaseException) -> Any:
    kind, native = type(error), _native_base(type(error))
    if any(getattr(kind, name, None) is not getattr(native, name, None) for name in _PICKLING):
        return error.__reduce_ex__(5)
    return _native(error)


def _native(error: BaseException) -> Any:
    kind, args, state = _parts(error)
    return make_anew, (kind, args), state, None, None, restore


def _lenient(broken: BaseException) -> Reduce:
    """Return what leaves out of one exception whatever cannot be pickled."""

    def reduce(error: BaseException) -> Any:
        if error is not broken:
            return _native(error)
        kind, args, state = _parts(error)
        kept = {name: value for name, value in state.items() if _can_travel(value)}
        shown = tuple(value if _can_travel(value) else str(value) for value in args)
        return make_anew, (kind, shown), kept, None, None, restore

    return reduce


def _parts(error: BaseException) -> tuple[type[BaseException], tuple[Any, ...], dict[str, Any]]:
    """Return the type of an exception, what its built-in base takes, and its attributes."""
    native: Any = _native_base(type(error))
    _, args, *more = native.__reduce__(error)
    state = dict(more[0] or {}) if more else {}
    if isinstance(error, BaseExceptionGroup):
        # Its args are what the class was called with, which a subclass chooses.
        args, state["args"] = (error.message, error.exceptions), args
    return type(error), args, state


def _can_travel(value: Any) -> bool:
    try:
        load_value(_dumps(value, _native))
    except Exception:  # noqa: BLE001 - pickling runs the user's own code
        return False
    return True


def _dumps(value: Any, reduce: Reduce) -> bytes:
    """Pickle by reference where that is enough, and by value what ``__main__`` defines."""
    try:
        data = _dumped(_ByReference, value, reduce)
    except Exception:  # noqa: BLE001 - whatever the first pickler raises, the second one decides
        return _dumped(_ByValue, value, reduce)
    return _dumped(_ByValue, value, reduce) if b"__main__" in data else data


def _dumped(kind: type[_ByReference | _ByValue], value: Any, reduce: Reduce) -> bytes:
    file = io.BytesIO()
    kind(file, reduce).dump(value)
    return file.getvalue()


class _ByReference(pickle.Pickler):
    def __init__(self, file: io.BytesIO, reduce: Reduce) -> None:
        super().__init__(file, protocol=5)
        self._reduce = reduce

    def reducer_override(self, value: Any) -> Any:
        return self._reduce(value) if isinstance(value, BaseException) else NotImplemented


class _ByValue(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, reduce: Reduce) -> None:
        super().__init__(file, protocol=5)
        self._reduce = reduce

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, BaseException):
            return self._reduce(value)
        return super().reducer_override(value)
