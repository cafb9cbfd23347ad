"""Commands as tasks of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath, PurePosixPath
from typing import Any, Unpack, get_args

from maze_nb.errors import InputError, OptionError, nearest
from maze_nb.model.parse_options import OptionWords
from maze_nb.runners.collecting import is_pattern
from maze_nb.runners.commands.command import ALWAYS, Command, Form
from maze_nb.runners.commands.process import LIMITS
from maze_nb.runners.commands.shell_text import check_placeholders, placeholders, shell_text
from maze_nb.sdk.program import check_input_names, label_of, program_task, read_env, read_files
from maze_nb.sdk.task_function import TaskFunction

FORMS: tuple[Form, ...] = get_args(Form)
"""What can be said of an output that is what is in a file."""
_KEYWORDS = ("inputs", "outputs", "cwd", "limits", "resources", "name")


def command(
    command: str | Sequence[str],
    *,
    inputs: Iterable[str] = (),
    outputs: Mapping[str, str | Mapping[str, str]] | None = None,
    cwd: str | PurePath = "",
    limits: Mapping[str, int] | None = None,
    resources: Mapping[str, float] | None = None,
    name: str | None = None,
    **options: Unpack[OptionWords],
) -> TaskFunction:
    """Return a command as a task that workflows can add, call or map.

    It runs in a folder of its own, which is gone afterwards; what is declared as outputs is kept.

    Parameters
    ----------
    command
        What Bash runs, with ``-e`` and ``-o pipefail``; or a list with the words of a program,
        which no shell reads. ``{name}`` stands for an input, in the quotes that it needs where it
        stands; ``{{name}}`` is ``{name}`` itself.
    inputs
        The names of inputs beside those in the command.
    outputs
        Files that it leaves, by the name of the output: ``"model.bin"`` is one file, and a pattern
        such as ``"build/*.log"`` a list of at least one. ``{"text": "a.txt"}`` and
        ``{"json": "a.json"}`` are what is in a file. Two more outputs are ``exit_code`` and
        ``stdout``.
    cwd
        Where it runs instead: a folder of its worker, or ``"{name}"`` for an input that is one.
    limits
        What each of its processes is limited to: ``cpu_seconds``, ``file_mb`` (what it writes to
        one file) and ``open_files``.
    resources
        What it asks for, by default one core. It runs on so many cores, and all of its processes
        together may use as much memory as ``cpu_mem`` says.
    name
        What to call it; by default the program.
    options
        As for ``task``. In ``env`` inputs may stand too, as ``{name}``.

    Raises
    ------
    InputError
        If ``{name}`` stands where no shell would replace it, or an output is no file in the
        folder where it runs.
    OptionError
        If an option or a limit makes no sense.

    Examples
    --------
    >>> command("sort -n {rows} > sorted.txt", outputs={"sorted": "sorted.txt"})
    <task sort(rows) -> exit_code, stdout, sorted>
    """
    env = options.get("env")
    values = [str(each) for each in (env.values() if isinstance(env, Mapping) else ())]
    texts = (*_texts(command), str(cwd), *values)
    found = (each for text in texts for each in placeholders(text))
    named = tuple(dict.fromkeys([*found, *inputs]))
    return command_of(command, named, outputs, cwd, limits, resources, name, options)


def command_of(
    text: Any,
    inputs: tuple[Any, ...],
    outputs: Any,
    cwd: str | PurePath,
    limits: Any,
    resources: Mapping[str, float] | None,
    name: str | None,
    options: Mapping[str, Any],
) -> TaskFunction:
    """Return a command as a task that is given these inputs; the rest as for `command`."""
    words = _read_words(text)
    label = label_of(name, _program(words))
    where = f"task {label!r}"
    given = dict(options)
    env = read_env(given, where)
    check_input_names(inputs, where)
    texts = [*_texts(words), str(cwd), *(value for _, value in env)]
    check_placeholders(texts, inputs, where)
    if isinstance(words, str):
        shell_text(words, dict.fromkeys(inputs, ""))
    patterns, contents = _read_outputs(outputs, where)
    made = Command(
        label,
        words,
        inputs,
        read_files(patterns, ALWAYS, "command", where),
        env,
        str(cwd),
        _limits(limits, where),
        contents,
    )
    return program_task(
        made,
        resources,
        given,
        keywords=_KEYWORDS,
        no_thread="a command, which runs in processes of its own",
    )


def check_limit(name: Any, most: Any, where: str) -> None:
    """Raise OptionError if there is no such limit, or it makes no sense."""
    if name not in LIMITS:
        raise OptionError(f"unknown limit {name!r} of {where}: {nearest(str(name), LIMITS)}")
    if isinstance(most, bool) or not isinstance(most, int) or most < 1:
        raise OptionError(f"limit {name!r} of {where} must be a whole number from 1 on")


def _limits(limits: Any, where: str) -> tuple[tuple[str, int], ...]:
    if limits is not None and not isinstance(limits, Mapping):
        raise OptionError(f"the limits of {where} must be a dict, such as {{'open_files': 256}}")
    for name, most in (limits or {}).items():
        check_limit(name, most, where)
    return tuple((limits or {}).items())


def _read_words(text: Any) -> str | tuple[str, ...]:
    """Return what a command runs; InputError if that is nothing."""
    if isinstance(text, str) and text.strip():
        return text
    words = [] if isinstance(text, str) or not isinstance(text, Sequence) else list(text)
    if not words or not all(isinstance(each, str | PurePath | int | float) for each in words):
        raise InputError(
            f"a command must be a text for Bash, such as 'make all', or a list of words, such as "
            f"['make', 'all'], not {text!r}"
        )
    return tuple(map(str, words))


def _texts(command: Any) -> tuple[str, ...]:
    is_list = isinstance(command, list | tuple)
    return tuple(map(str, command)) if is_list else (str(command),)


def _read_outputs(outputs: Any, where: str) -> tuple[Any, tuple[tuple[str, Form], ...]]:
    """Return the files of outputs, and in what form there is what is in them."""
    if not isinstance(outputs, Mapping):
        return outputs, ()
    patterns, contents = dict(outputs), []
    for name, told in outputs.items():
        if not isinstance(told, Mapping):
            continue
        form = next((each for each in FORMS if list(told) == [each]), None)
        if form is None or not isinstance(told[form], str) or is_pattern(told[form]):
            raise InputError(
                f"output {name!r} of {where} must be a file or a pattern, or what is in one "
                f"file, as {{'json': 'a.json'}} or {{'text': 'a.txt'}}, not {told!r}"
            )
        patterns[name] = told[form]
        contents.append((name, form))
    return patterns, tuple(contents)


def _program(command: str | tuple[str, ...]) -> str:
    """Return what a command is called of which nobody said so."""
    first = command.split()[0] if isinstance(command, str) else command[0]
    name = PurePosixPath(first).name
    return name if name.replace("-", "_").replace(".", "_").isidentifier() else "command"
