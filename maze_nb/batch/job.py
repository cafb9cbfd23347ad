"""A notebook that is to be executed, and what is found out about it before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from maze_nb.batch import execution
from maze_nb.batch.parameter_types import parameters_of
from maze_nb.batch.place import Place, filled_in, is_remote, read_notebook, resolved
from maze_nb.errors import MazeError
from maze_nb.sdk.notebook_parameters import Parameter, check, with_types

_FALLBACK_KERNEL = "python3"
_INJECTED = {"input": "PAPERMILL_INPUT_PATH", "output": "PAPERMILL_OUTPUT_PATH"}


@dataclass(frozen=True)
class Job:
    """A notebook to execute.

    Attributes
    ----------
    notebook, output
        Where it is, and where its executed copy goes: paths, or URLs as text. The names of
        parameters in braces stand for their values there.
    parameters
        Values for its parameters cell.
    kernel
        The kernel to use instead of the one that the notebook names.
    folder
        Where it runs; by default the folder it is in.
    is_resumed
        Whether what the output was made by is to be gone on with, if the output is there.
    stdout, stderr
        Files that get what the cells print, too, as they print it.
    texts
        Of the parameters those that were typed as a word, and the word.
    injected
        Which of ``input`` and ``output`` are given to the notebook as parameters.
    language
        The language of the notebook, instead of the one of its kernel.
    is_only_prepared
        Whether the output is the notebook with its parameters, and nothing is executed.
    is_anew
        Whether nothing comes from the result cache but what this execution has put there.
    options
        More of what papermill's ``execute_notebook`` takes, such as ``execution_timeout``.
    """

    notebook: Place
    output: Place
    parameters: Mapping[str, Any] = field(default_factory=dict)
    kernel: str | None = None
    folder: Path | None = None
    is_resumed: bool = False
    stdout: Any = None
    stderr: Any = None
    texts: Mapping[str, str] = field(default_factory=dict)
    injected: tuple[str, ...] = ()
    language: str | None = None
    is_only_prepared: bool = False
    is_anew: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """A job that can be executed.

    Attributes
    ----------
    source, output
        Where it is read and written, to be taken literally and from any folder.
    kernel, language
        What it runs in.
    parameters
        Values for its parameters cell.
    folder
        Where it runs.
    name
        Of its execution.
    has_nothing_left
        Whether it was executed and all went well, so that there is nothing to resume.
    known
        The names of the parameters that are known to be there.
    cache_scope
        What results in the cache have to be of; empty if it makes no difference.
    """

    source: str
    output: str
    kernel: str
    language: str
    parameters: Mapping[str, Any]
    folder: str
    name: str
    has_nothing_left: bool = False
    known: frozenset[str] = frozenset()
    cache_scope: str = ""


def check_job(job: Job) -> Checked:
    """Return a job that can be executed.

    Raises
    ------
    MazeError
        The notebook cannot be read, its kernel is not there, or a parameter does not fit.
    """
    given = _with_paths(job)
    source, output = (
        resolved(filled_in(job.notebook, given)),
        resolved(filled_in(job.output, given)),
    )
    earlier = _earlier(output) if job.is_resumed else {}
    if source == output and not earlier:
        if job.is_resumed:
            raise MazeError(
                f"{job.output} cannot be resumed: it was not made by maze-nb run, nor by "
                "papermill --engine maze"
            )
        raise MazeError(f"the output would overwrite the notebook {job.notebook}; name another one")
    notebook = read_notebook(source)
    kernel, language = _kernel(job, notebook, earlier.get("kernel"))
    known = parameters_of(notebook, kernel, language) or {}
    values = with_types(job.texts, job.parameters, known)
    check(values, known, str(job.notebook), typed=job.texts)
    name = earlier.get("name") or execution.new_execution()
    stored = notebook.metadata.get("papermill", {}).get("parameters", {}) if earlier else {}
    return Checked(
        source=source,
        output=output,
        kernel=kernel,
        language=language,
        # What is given when it is resumed adds to what was given then.
        parameters={**(stored if values else {}), **given, **values},
        folder=_folder(job, source, earlier.get("folder")),
        name=name,
        has_nothing_left=earlier.get("status") == execution.SUCCEEDED,
        known=frozenset(known) | frozenset(_INJECTED.values()),
        cache_scope=f"execution-{name}" if job.is_anew else earlier.get("cache_scope", ""),
    )


def listed_parameters(job: Job) -> Mapping[str, Parameter] | None:
    """Return the parameters that a notebook has, None if none of its cells says so."""
    notebook = read_notebook(resolved(filled_in(job.notebook, job.parameters)))
    return parameters_of(notebook, *_kernel(job, notebook, None))


def resumed(output: Place, **given: Any) -> Job:
    """Return the job of going on with what an output was made by."""
    return replace(Job(output, output, is_resumed=True), **given)


def _earlier(output: str) -> Mapping[str, str]:
    """Return what an output tells of its execution; nothing if it is not there."""
    if not is_remote(output) and not Path(output).exists():
        return {}
    return execution.noted(read_notebook(output))


def _with_paths(job: Job) -> dict[str, Any]:
    """Return the parameters with the places that are asked for, to be read from any folder.

    The notebook runs in its own folder, and not in the one in which places were typed.
    """
    places = {"input": job.notebook, "output": job.output}
    injected = {
        _INJECTED[which]: resolved(filled_in(places[which], job.parameters))
        for which in job.injected
    }
    return {**injected, **job.parameters}


def _kernel(job: Job, notebook: Any, earlier: str | None) -> tuple[str, str]:
    """Return the name of the kernel to use, and its language."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    named = notebook.metadata.get("kernelspec", {}).get("name")
    kernel = str(job.kernel or earlier or named or _FALLBACK_KERNEL)
    try:
        spec = KernelSpecManager().get_kernel_spec(kernel)
    except NoSuchKernel as error:
        raise MazeError(
            f"{job.notebook} needs the kernel {kernel!r}, which is not installed here; "
            "name another one with --kernel (see `jupyter kernelspec list`)"
        ) from error
    return kernel, job.language or spec.language.lower()


def _folder(job: Job, source: str, earlier: str | None) -> str:
    if job.folder is not None:
        return str(job.folder.resolve())
    if earlier and Path(earlier).is_dir():
        return earlier
    return str(Path.cwd() if is_remote(source) else Path(source).parent)
