"""What was read of values and code before, while one workflow is taken apart."""

from __future__ import annotations

from types import CodeType, FunctionType
from typing import Any

from maze_nb.sdk.fingerprint.edited import ToldByText
from maze_nb.sdk.fingerprint.source import function_text


class Seen:
    """What was read before: digests of values that hold no code, and sources of functions.

    Attributes
    ----------
    edited_in
        Tells which modules are told by their text, and by which of their pieces they are not.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, str]] = {}
        self._texts: dict[int, tuple[CodeType, str | None]] = {}
        self.edited_in = ToldByText()

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
