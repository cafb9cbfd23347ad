"""The ``@task`` decorator."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack, overload

from maze_nb.errors import WorkflowError
from maze_nb.model.parse_options import CheckedOptions, OptionWords, parse_options
from maze_nb.model.resources import Resources, parse_resources
from maze_nb.sdk.signature import Signature, read_signature

_KEYWORDS = ("inputs", "outputs", "resources")


class TaskFunction:
    """A function that can be added to a workflow, and still be called by hand.

    Attributes
    ----------
    function
        The undecorated function.
    name
        Its name.
    signature
        What it reads and makes.
    resources
        What it asks for.
    options
        How it is to be run.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        signature: Signature,
        resources: Resources,
        options: CheckedOptions | None = None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.signature = signature
        self.resources = resources
        self.options = options or CheckedOptions()

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return self.signature.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of its outputs."""
        return self.signature.outputs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function here and now, as if it were not decorated."""
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        inputs, outputs = ", ".join(self.inputs), ", ".join(self.outputs)
        return f"<task {self.name}({inputs}) -> {outputs}>"


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
    keep
        Where outputs above 64 KiB are kept: ``"store"``: in files, and in the cluster's memory
        only as long as a task needs them; ``"memory"``: in its memory only, so that they are made
        again if it loses them; ``"both"``.
    cache
        Whether the outputs are taken from an earlier run of the same code on the same inputs, if
        there was one.
    version
        Part of what "the same code" means for the cache; change it to have the task run again.

    Returns
    -------
    TaskFunction
        Which can be called by hand like the function itself.

    Raises
    ------
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
            raise WorkflowError(f"@task needs a function, not {function!r}")
        signature = read_signature(function, inputs, outputs)
        name = getattr(function, "__name__", repr(function))
        where = f"task {name!r}"
        asked = parse_resources(resources, where=where)
        checked = parse_options(options, resources=asked, where=where, keywords=_KEYWORDS)
        return TaskFunction(function, signature, asked, checked)

    return decorate if function is None else decorate(function)


def as_task(function: Callable[..., Any] | TaskFunction) -> TaskFunction:
    """Return `function` as a task, decorated already or not."""
    return function if isinstance(function, TaskFunction) else task(function)
