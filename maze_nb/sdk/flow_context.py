"""The workflow that a function is making at the moment, if any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from maze_nb.sdk.task_function import TaskFunction


class Builder(Protocol):
    """What calls of tasks need of the workflow that is being made."""

    def call(
        self,
        function: TaskFunction,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        when: Any = None,
    ) -> Any:
        """Add a task that is called with these arguments; return its handle."""
        ...

    def map(
        self, function: TaskFunction, over: Any, fixed: Mapping[str, Any], when: Any = None
    ) -> Any:
        """Add a task that maps over lists; return its handle."""
        ...

    def inline(self, name: str, function: Any, args: Any, kwargs: Any) -> Any:
        """Call a workflow function, whose tasks become a group; return what it returns."""
        ...


_current: ContextVar[Builder | None] = ContextVar("maze_nb_current_builder", default=None)


def current_builder() -> Builder | None:
    """Return who makes a workflow of the calls in this thread or coroutine."""
    return _current.get()


@contextmanager
def building(builder: Builder) -> Iterator[None]:
    """Have calls of tasks go to `builder`."""
    token = _current.set(builder)
    try:
        yield
    finally:
        _current.reset(token)
