"""Commands as the functions of tasks, with a working directory of their own for each attempt."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

from maze_nb.artifacts.automatic import PACKED
from maze_nb.artifacts.folder_name import COMMAND_WORK
from maze_nb.errors import TaskFailedError
from maze_nb.model.last_output import told_output
from maze_nb.runners.collecting import collect, forget, keep_some
from maze_nb.runners.commands.cores import threads_for
from maze_nb.runners.commands.output import Relay
from maze_nb.runners.commands.process import bash_for, ended, limit_met, limited, run_process
from maze_nb.runners.commands.shell_text import (
    Words,
    can_be_given,
    filled,
    filled_words,
    shell_text,
)
from maze_nb.runners.recipe import prepared, text_of
from maze_nb.runners.staging import stage
from maze_nb.runners.work_folder import remove_tree, remove_work, work_folder

ALWAYS = ("exit_code", "stdout")
"""The outputs that every command has."""
Form = Literal["text", "json"]
"""What an output is that is not a file itself: its text, or what it holds as JSON."""
TAIL = 8000
"""The bytes of output that an error tells of."""


@dataclass(frozen=True)
class Command:
    """A command as the function of a task: what Bash runs, or a program with its arguments.

    It runs in a directory of its own in the task's folder, which is gone afterwards: what it
    leaves as `files`, or in ``$TASK_DIR``, is kept. Its outputs are ``exit_code``, ``stdout``
    without newlines at its end, of which at most the last MB, and the files.

    Attributes
    ----------
    name
        What the task is called.
    text
        What Bash runs, with ``-e`` and ``pipefail``, and with ``{name}`` where inputs stand; or
        the words of a program, which no shell reads.
    inputs
        The names of the inputs.
    files
        The outputs that are files, and their patterns.
    env
        Environment variables of its own; inputs may stand in them.
    folder
        Where it runs instead, from its working directory; inputs may stand in it.
    limits
        What each of its processes is limited to, by the names in `process.LIMITS`.
    contents
        Of which `files` the output is what is in them, and in what form.
    recipes
        How inputs are made of what is given (see :mod:`maze_nb.runners.recipe`).
    is_inline
        Whether inputs that are neither texts nor files stand in it as JSON, and so do several
        files in one word; else the first are files of JSON, and the others paths with spaces.
    told
        What its text looked like where it was written, if that was something else.

    Examples
    --------
    >>> Command("greet", ("echo", "hello {name}"), ("name",)).source()
    "echo 'hello {name}'"
    """

    name: str
    text: str | tuple[str, ...]
    inputs: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    limits: tuple[tuple[str, int], ...] = ()
    contents: tuple[tuple[str, Form], ...] = ()
    recipes: tuple[tuple[str, Any], ...] = ()
    is_inline: bool = False
    told: str = field(default="", compare=False)
    TASK_KIND: ClassVar[str] = "command"

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of all outputs."""
        return (*ALWAYS, *(name for name, _ in self.files))

    def source(self) -> str:
        """Return what it runs, as people read it."""
        return self.told or (self.text if isinstance(self.text, str) else shlex.join(self.text))

    def __call__(self, params: Mapping[str, Any] | None = None, **named: Any) -> dict[str, Any]:
        """Run the command here and now; its files stay in the folder in which this runs."""
        return self.run({**(params or {}), **named}, Path.cwd(), {})

    def forget_files(self, own: Path) -> None:
        """Remove what earlier attempts left in the task's own folder."""
        remove_work(own)
        for name in PACKED:
            remove_tree(own / name)
        forget(dict(self.files), own)

    def run(
        self, inputs: Mapping[str, Any], own: Path, env: Mapping[str, str], cores: float = 0
    ) -> dict[str, Any]:
        """Run the command.

        Parameters
        ----------
        own
            The task's own folder.
        env
            What it has in its environment beside ours.
        cores
            How many cores it may use; 0: all.

        Raises
        ------
        TaskFailedError
            Unless it ends with 0, and leaves its files.
        """
        with work_folder(own, COMMAND_WORK) as work:
            given = prepared(inputs, dict(self.recipes))
            values = stage(given, work, as_text=self.is_inline)
            folder = self._folder(work, filled(self.folder, values))
            text, variables = self._filled(values)
            environment = {
                **os.environ,
                **threads_for(cores),
                **env,
                "WORKING_DIR": str(folder),
                "TASK_DIR": str(own),
                # For programs that look inputs up by themselves.
                **_variables(values),
                **variables,
                **{name: filled(value, values) for name, value in self.env},
            }
            words = self._words(text, environment)
            code, relay = run_process(words, folder, environment, self.name, cores)
            if code != 0:
                raise self._failure(code, relay, keep_some(dict(self.files), folder, own))
            made: dict[str, Any] = {"exit_code": code, "stdout": relay.stdout()}
            try:
                made.update(collect(dict(self.files), folder, own, f"command {self.name!r}"))
                made.update((name, self._read(name, form, made)) for name, form in self.contents)
            except TaskFailedError:
                keep_some(dict(self.files), folder, own)
                raise
            for name in PACKED:
                if (folder / name).is_dir():
                    shutil.move(folder / name, own / name)
            return made

    def _filled(self, values: Mapping[str, Words]) -> tuple[str | list[str], dict[str, str]]:
        """Return what it runs with the inputs in it, and variables that it needs for that."""
        one_word = text_of if self.is_inline else " ".join
        if isinstance(self.text, str):
            return shell_text(self.text, values, one_word)
        return filled_words(self.text, values, one_word), {}

    def _words(self, text: str | list[str], env: Mapping[str, str]) -> list[str]:
        if isinstance(text, list) and not self.limits:
            return text
        bash = bash_for(env, self.name)
        if isinstance(text, str):
            text = [bash, "-e", "-o", "pipefail", "-c", text, "bash"]
        return limited(text, bash, dict(self.limits))

    def _read(self, name: str, form: Form, made: Mapping[str, Any]) -> Any:
        try:
            text = made[name].read_text(encoding="utf-8")
            return json.loads(text) if form == "json" else text
        except (OSError, ValueError) as error:
            raise TaskFailedError(
                f"{dict(self.files)[name]!r}, output {name!r} of command {self.name!r}, cannot be "
                f"read as {form}: {error}"
            ) from None

    def _folder(self, work: Path, asked: str) -> Path:
        folder = work / asked
        if folder.is_dir():
            return folder
        raise TaskFailedError(
            f"the cwd of command {self.name!r} is {asked!r}, which is no folder on its worker: "
            f"give the path of one, or '{{name}}' for an input that is one"
        )

    def _failure(self, code: int, relay: Relay, kept: list[str]) -> TaskFailedError:
        last = relay.last_bytes(TAIL)
        told = told_output(last)
        met = limit_met(code, dict(self.limits))
        why = f": it used {met}" if met else ""
        error = TaskFailedError(f"command {self.name!r} {ended(code)}{why}{told}")
        if kept:
            error.add_note(f"What it left of its outputs is in its folder: {', '.join(kept)}")
        return error


def _variables(values: Mapping[str, Words]) -> dict[str, str]:
    """Return the inputs that can be environment variables as such."""
    return {
        f"MAZE_INPUT_{name}": value
        for name, value in values.items()
        if name.isidentifier() and isinstance(value, str) and can_be_given(value)
    }
