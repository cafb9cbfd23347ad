"""Containers as source."""

from __future__ import annotations

from maze_nb.runners.containers.container import Container
from maze_nb.sdk.written.programs import program_words
from maze_nb.sdk.written.words import value_text


def container_words(inner: Container) -> list[str]:
    """Return the words by which ``container`` makes a container."""
    command = inner.command
    line = (command,) if isinstance(command, str) else command or ()
    words = [repr(inner.image)]
    if command is not None:
        words.append(repr(command if isinstance(command, str) else list(command)))
    words += program_words(inner, line)
    if inner.mounts:
        mounts = [
            f"{each.source}:{each.target}" + (":ro" if each.is_read_only else "")
            for each in inner.mounts
        ]
        words.append(f"mounts={value_text(mounts)}")
    return [*words, *_choices(inner)]


def _choices(inner: Container) -> list[str]:
    """Return the words for what is not as it is by default."""
    network = False if inner.network == "none" else inner.network
    said = {
        "pull": None if inner.pull == "missing" else inner.pull,
        "network": network,
        "user": inner.user,
        "cwd": inner.folder,
        "read_only": inner.is_read_only or None,
    }
    return [f"{name}={value_text(value)}" for name, value in said.items() if value is not None]
