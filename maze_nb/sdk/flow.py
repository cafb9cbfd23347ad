"""The ``@workflow`` decorator: a function that makes a workflow by calling tasks."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn, overload

from maze_nb.errors import UncalledWorkflowError, WorkflowError
from maze_nb.sdk.client import MaClient
from maze_nb.sdk.flow_builder import GraphBuilder
from maze_nb.sdk.flow_client import DefaultClient
from maze_nb.sdk.flow_context import current_builder
from maze_nb.sdk.flow_returned import check_returned
from maze_nb.sdk.workflow import Workflow

_NOT_ORDINARY = (
    (inspect.iscoroutinefunction, "a coroutine"),
    (inspect.isgeneratorfunction, "a generator"),
    (inspect.isasyncgenfunction, "a generator"),
)


class WorkflowFunction:
    """A function that makes a workflow each time it is called.

    Called inside another such function, its tasks become a part of that workflow.

    Attributes
    ----------
    function
        The undecorated function.
    name
        What its workflows are called, and the group of its tasks in another workflow.
    """

    def __init__(
        self, function: Callable[..., Any], name: str, client: MaClient | None = None
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = name
        self._client = client

    def on(self, client: MaClient) -> WorkflowFunction:
        """Return this function so that its workflows are run by `client`."""
        return WorkflowFunction(self.function, self.name, client)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Make a workflow, which is not run; inside another, call the tasks there.

        Returns
        -------
        Workflow
            With ``returned(run_id)``; inside another workflow function what this one returns.
        """
        builder = current_builder()
        if builder is None:
            return self._make(args, kwargs)
        if self._client is not None:
            raise WorkflowError(
                f"{self.name}.on(client) is called inside another workflow, which has a client of "
                f"its own: call {self.name}(…) there"
            )
        return builder.inline(self.name, self.function, args, kwargs)

    def _make(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Workflow:
        made = Workflow(self._client or DefaultClient(), self.name)
        made.returns = GraphBuilder(made).build(self.function, args, kwargs)
        check_returned(made.returns, made)
        if self._client is not None:
            self._client.adopt(made)
        return made

    def __getattr__(self, name: str) -> NoReturn:
        if not name.startswith("_") and hasattr(Workflow, name):
            raise UncalledWorkflowError(
                f"{self.name!r} is a function that makes a workflow, which has .{name}: "
                f"call it first, {self.name}(…).{name}"
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<workflow function {self.name}>"


@overload
def workflow(function: Callable[..., Any], /) -> WorkflowFunction: ...


@overload
def workflow(*, name: str | None = None) -> Callable[[Callable[..., Any]], WorkflowFunction]: ...


def workflow(function: Callable[..., Any] | None = None, /, *, name: str | None = None) -> Any:
    """Make a function one that makes a workflow.

    Inside it, to call a task adds the task to the workflow and gives what stands for its outputs:
    attributes, which can be given to other tasks. What the function takes are plain values. It is
    ordinary Python: loops and conditions over plain values make more or fewer tasks. For what is
    known only in a run, there are ``task.map(over=…)`` and ``task.when(…)``.

    Parameters
    ----------
    name
        What to call the workflow; by default the name of the function.

    Returns
    -------
    WorkflowFunction
        Which returns a workflow that can be run, when it is called; with ``.on(client)``, run by
        that client in place of ``MaClient()``.

    Raises
    ------
    WorkflowError
        If it is no ordinary function, or the name is empty.

    Examples
    --------
    >>> from maze_nb import task, workflow
    >>> @task(outputs=["data"])
    ... def load(path):
    ...     return [len(path), 2]
    >>> @task
    ... def total(a):
    ...     return sum(a)
    >>> @workflow
    ... def pipeline(path):
    ...     return total(a=load(path).data)
    >>> pipeline("data.csv")
    <workflow pipeline, 2 tasks>

    It is run by ``run_id = pipeline("data.csv").run()``; see ``Workflow.returned``.
    """

    def decorate(function: Callable[..., Any]) -> WorkflowFunction:
        if not callable(function):
            raise WorkflowError(f"@workflow needs a function, not {function!r}")
        label = name if name is not None else str(getattr(function, "__name__", "workflow"))
        if not label.strip():
            raise WorkflowError("the name of a workflow must not be empty")
        for is_so, what in _NOT_ORDINARY:
            if is_so(function):
                raise WorkflowError(
                    f"workflow {label!r} is {what}, but its body has to run at once: make it an "
                    f"ordinary function; tasks can be coroutines"
                )
        return WorkflowFunction(function, label)

    return decorate if function is None else decorate(function)
