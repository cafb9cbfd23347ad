"""The ``@task`` decorator."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack, overload

from maze_nb.errors import WorkflowError
from maze_nb.model.parse_options import OptionWords, parse_options
from maze_nb.model.resources import parse_resources
from maze_nb.projection.bounded import one_line
from maze_nb.sdk.signature import read_signature
from maze_nb.sdk.task_function import TaskFunction

_KEYWORDS = ("inputs", "outputs", "resources")


@overload
def task(function: Callable[..., Any], /) -> TaskFunction: ...


@overload
def task(
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    resources: Mapping[str, float] | None = None,
    **options: Unpack[OptionWords],
) -> Callable[[Callable[..., Any]], TaskFunction]: ...


def task(
    function: Callable[..., Any] | None = None,
    /,
    *,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    resources: Mapping[str, float] | None = None,
    **options: Unpack[OptionWords],
) -> Any:
    """Make a function a task.

    Parameters
    ----------
    inputs
        The names the function reads from the one dict it is called with. Without it, the inputs
        are the parameters of the function.
    outputs
        The names it makes: keys of the dict it returns; for an ordinary function also the values
        of a returned tuple, in order, or its one value. By default one output, ``result``.
    resources
        Any of ``cpu`` (cores), ``cpu_mem`` (MB), ``gpu`` (devices; below 1 a share of one) and
        ``gpu_mem`` (MB on each device). By default one core.
    timeout
        Seconds one attempt may take; then it is stopped, with all that it started.
    isolation
        ``"thread"``: in the worker process; ``"process"``: in a child process, which can be
        stopped; ``"auto"``: in a child process if a timeout, a GPU or memory is asked for.
    retries
        How many times it is tried again after it failed. Workers that are lost do not count.
    backoff
        Seconds before the first retry, by default 1; doubled for each further one, up to ten
        minutes. Up to half of it is taken off by chance.
    retry_on
        The exception type, or types, after which it is tried again; by default any.
    priority
        From -100 to 100; what has a higher one goes first.
    deadline
        When it should be done: seconds from the run's start, or a ``datetime``; tasks with an
        earlier one go first.
    tags
        The tag or tags that a node must have to run it.
    prefer
        The tag or tags of nodes that are taken first where there is a choice.
    node
        The one node that may run it, as ``client.nodes()`` lists it; by default any.
    keep
        Where outputs above 64 KiB are kept: ``"store"``: in files, and in the cluster's memory
        only as long as a task needs them; ``"memory"``: in its memory only, so that they are made
        again if it loses them; ``"both"``.
    cache
        Whether the outputs are taken from an earlier run of the same code on the same inputs, if
        there was one.
    version
        Part of what "the same code" means for the cache; change it to have the task run again.
    env
        Environment variables that are set in its process, such as ``{"OMP_NUM_THREADS": "4"}``.
    secrets
        The names of secrets that are put into the environment of its process. Their values are
        known to the worker only, from its own environment or a file in ``MAZE_SECRETS``; see
        :class:`~maze_nb.sdk.secret.Secret`.
    destination
        Where the files go that it leaves in ``maze_nb.current_task().dir``: a path that all nodes
        know, a URL such as ``"s3://bucket/prefix"``, or ``"http"`` for the scheduler's own web
        server; by default where those of the run go.

    Returns
    -------
    TaskFunction
        Which can be called by hand like the function itself.

    Raises
    ------
    WorkflowError
        If it is a generator, or a method.
    InputError
        If names are repeated, or do not match the function.
    ResourceError
        If resources are misspelt, negative or not numbers.
    OptionError
        If an option is misspelt or makes no sense.

    Examples
    --------
    In dict form:

    >>> @task(inputs=["text"], outputs=["loud"], resources={"cpu": 1, "cpu_mem": 128})
    ... def shout(params):
    ...     return {"loud": params["text"].upper()}
    >>> shout({"text": "hello"})
    {'loud': 'HELLO'}

    An ordinary function:

    >>> @task
    ... def add(a, b=1):
    ...     return a + b
    >>> add.inputs, add.outputs
    (('a', 'b'), ('result',))

    One that is stopped after a minute and tried again twice:

    >>> @task(timeout=60, retries=2, retry_on=(OSError, TimeoutError))
    ... def download(url):
    ...     return url
    >>> download.options.options.retry_on
    ('OSError', 'TimeoutError')
    """

    def decorate(function: Callable[..., Any]) -> TaskFunction:
        if isinstance(function, TaskFunction):
            function = function.function
        if not callable(function):
            raise WorkflowError(f"@task needs a function, not {one_line(function)}")
        name = getattr(function, "__name__", repr(function))
        _check_function(function, name)
        signature = read_signature(function, inputs, outputs)
        where = f"task {name!r}"
        asked = parse_resources(resources, where=where)
        checked = parse_options(options, resources=asked, where=where, keywords=_KEYWORDS)
        return TaskFunction(function, signature, asked, checked)

    return decorate if function is None else decorate(function)


def as_task(function: Callable[..., Any] | TaskFunction) -> TaskFunction:
    """Return `function` as a task, decorated already or not."""
    return function if isinstance(function, TaskFunction) else task(function)


def _check_function(function: Callable[..., Any], name: str) -> None:
    """Raise WorkflowError if a function cannot be called as tasks are."""
    for called in (function, getattr(function, "__call__", None)):  # noqa: B004 - an object's own
        if inspect.isgeneratorfunction(called) or inspect.isasyncgenfunction(called):
            raise WorkflowError(
                f"task {name!r} is a generator, which makes its values only when it is asked for "
                f"them: let it return a list of them"
            )
    owner = _class_around(function)
    if owner:
        raise WorkflowError(
            f"task {name!r} is a method of class {owner!r}, and would be called without an object "
            f"of it: make it a function that takes the object as an input"
        )


def _class_around(function: Callable[..., Any]) -> str:
    """Return the class in whose body a function is defined that takes an object of it."""
    if not inspect.isfunction(function):
        return ""
    around = function.__qualname__.rpartition(".")[0].rpartition(".")[2]
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]
    is_method = around not in ("", "<locals>") and parameters[:1] in (("self",), ("cls",))
    return around if is_method else ""
