"""What a task asks for, its options and its calls, as source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from maze_nb.model.resources import Resources
from maze_nb.model.task_options import Deadline, TaskOptions

_WIDTH = 100
_IMPORTS = {
    "_datetime.fromtimestamp(": "from datetime import datetime as _datetime",
    "_os.environ[": "import os as _os",
}


def imports_for(text: str) -> list[str]:
    """Return the imports that the decorator of a task function needs."""
    return [statement for sign, statement in _IMPORTS.items() if sign in text]


def option_words(resources: Resources, options: TaskOptions) -> list[str]:
    """Return what a task asks for, and its options, as keyword arguments; no defaults."""
    asked = {
        key: value
        for key, value in resources.as_dict().items()
        if value != Resources().as_dict().get(key)
    }
    words = [f"resources={value_text(asked)}"] if asked else []
    for each in fields(TaskOptions):
        value = getattr(options, each.name)
        if value != each.default and each.name != "retry_on":
            words.append(option_text(each.name, value))
    return words


def option_text(name: str, value: Any) -> str:
    """Return an option as a keyword argument."""
    if name == "env":
        return f"env={_environment(value)}"
    # By None a node is chosen freely again, which as a fact of the task is an empty name.
    return f"{name}={value_text(None if name == 'node' and not value else value)}"


def _environment(variables: Iterable[tuple[str, str]]) -> str:
    """Return environment variables as a dict; those that are set here are not written down."""
    words = []
    for name, value in variables:
        is_set = os.environ.get(name) == value
        words.append(f'"{name}": ' + (f'_os.environ["{name}"]' if is_set else value_text(value)))
    return "{" + ", ".join(words) + "}"


def value_text(value: Any) -> str:
    """Return the value of an option as source."""
    if isinstance(value, Deadline):
        if value.is_absolute:
            return f"_datetime.fromtimestamp({value.seconds!r})"
        value = value.seconds
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}": {value_text(item)}' for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, str) and repr(value)[1:-1] == value and '"' not in value:
        return f'"{value}"'
    return repr(value)


def call_text(start: str, words: Iterable[str], end: str, margin: int) -> str:
    """Return words between brackets, each on a line of its own if they are too many for one."""
    words = list(words)
    line = start + ", ".join(words) + end
    if len(line) + margin <= _WIDTH:
        return line
    return "\n".join([start, *(f"    {word}," for word in words), end])
