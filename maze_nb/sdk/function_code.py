"""Functions of tasks as bytes, without the large values that they read from around them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any

from maze_nb.sdk.values import is_bulk, keep_value
from maze_nb.wire.code import ByValue, dump_value
from maze_nb.wire.kept_value import KEPT_FROM, KeptValue
from maze_nb.wire.source_texts import texts_of


def dump_function(function: Callable[..., Any], what: str) -> tuple[bytes, tuple[KeptValue, ...]]:
    """Return a function as bytes, and the large values in it, which travel as files of their own.

    To be read by `maze_nb.wire.code.load_code`.

    Parameters
    ----------
    what
        Names the function in an error.

    Raises
    ------
    SerializationError
        If it cannot be pickled.
    """
    pickler = _Beside(io.BytesIO())
    try:
        data = pickle.dumps(function, protocol=5)
        if b"__main__" not in data and len(data) < KEPT_FROM:
            return data, ()
    except Exception:  # noqa: BLE001, S110 - what cannot be pickled by reference may be by value
        pass
    try:
        pickler.dump(function)
    except Exception:  # noqa: BLE001 - pickling runs the user's own code
        return dump_value(function, what), ()
    if texts := texts_of(pickler.functions):
        pickle.dump(texts, pickler.file)
    return pickler.file.getvalue(), tuple(pickler.kept.values())


class _Beside(ByValue):
    """Pickles code by value; of large data in it there is only where that is."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.file = file
        self.kept: dict[str, KeptValue] = {}
        self._known: dict[int, tuple[Any, tuple[str, int] | None]] = {}

    def persistent_id(self, value: Any) -> tuple[str, int] | None:
        """Return what stands for a value, None for most.

        The number tells values apart that are equal now, and that the function may change.
        """
        if not is_bulk(value):
            return None
        if id(value) not in self._known:
            kept = keep_value(value, f"a {type(value).__qualname__}")
            found = None
            if kept is not None:
                self.kept[kept.name] = kept
                found = kept.name, len(self._known)
            self._known[id(value)] = value, found
        return self._known[id(value)][1]
