"""A task's outputs: small values are here, big ones are fetched when they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

from maze_nb.errors import ResultLostError
from maze_nb.projection.named_values import Unloadable, Unread, named_values_text
from maze_nb.wire.code import load_value

Fetch = Callable[[str], Any]
"""Brings one output of a task, by name, from where it is kept."""


class Outputs(Mapping[str, Any]):
    """The outputs of a finished task by name; read like a dict.

    Parameters
    ----------
    task_name
        Names the task in errors.
    inline
        The pickled values that travelled with the message.
    names
        All outputs, in order.
    fetch
        Brings the value of one that did not, by name.
    """

    def __init__(
        self, task_name: str, names: tuple[str, ...], inline: Mapping[str, bytes], fetch: Fetch
    ) -> None:
        self._task_name = task_name
        self._names = names
        self._inline = dict(inline)
        self._fetch = fetch
        self._values: dict[str, Any] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Any:
        with self._lock:
            if name in self._values:
                return self._values[name]
            if name not in self._names:
                raise KeyError(name)
            if name in self._inline:
                self._values[name] = self._load(name)
            else:
                self._values[name] = self._fetch(name)
            return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return named_values_text((name, self._known(name)) for name in self._names)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and dict(self) == dict(other)

    __hash__ = None  # type: ignore[assignment]

    def is_here(self, name: str) -> bool:
        """Whether reading this output needs no connection."""
        return name in self._values or name in self._inline

    def pickled(self, name: str) -> bytes | None:
        """Return one output as it travelled with the message; None if it did not."""
        return self._inline.get(name)

    def _known(self, name: str) -> Any:
        """Return a value if it takes no connection, else what stands for it."""
        if not self.is_here(name):
            return Unread()
        try:
            return self[name]
        except ResultLostError:
            return Unloadable()

    def _load(self, name: str) -> Any:
        try:
            return load_value(self._inline[name])
        except Exception as error:
            raise ResultLostError(
                f"output {name!r} of task {self._task_name!r} cannot be unpickled here "
                f"({type(error).__name__}: {error}); install what it is made of in this environment"
            ) from error
