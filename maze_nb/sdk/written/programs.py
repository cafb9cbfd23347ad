"""What commands and containers have in common, as source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from maze_nb.runners.commands.command import Command
from maze_nb.runners.commands.shell_text import placeholders
from maze_nb.runners.containers.container import Container
from maze_nb.sdk.written.words import option_text, value_text


def program_words(
    inner: Command | Container, texts: Iterable[str], contents: Mapping[str, str] | None = None
) -> list[str]:
    """Return the words for its name, inputs, files and environment.

    Parameters
    ----------
    texts
        Where inputs may stand, beside its environment: those need no naming.
    contents
        The files of which the output is what is in them, by the form that it has.
    """
    everywhere = (*texts, *(value for _, value in inner.env))
    named = dict.fromkeys(each for text in everywhere for each in placeholders(text))
    words = [f"name={value_text(inner.name)}"]
    if tuple(named) != inner.inputs:
        words.append(f"inputs={value_text(inner.inputs)}")
    if inner.files:
        forms = contents or {}
        files = {name: {forms[name]: file} if name in forms else file for name, file in inner.files}
        words.append(f"outputs={value_text(files)}")
    if inner.env:
        words.append(option_text("env", inner.env))
    return words
