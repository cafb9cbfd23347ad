"""Secrets among the inputs of a task, which are named here and known only to workers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from maze_nb.errors import OptionError
from maze_nb.model.task_options import TaskOptions
from maze_nb.runners.references import Secret, replace_nested

__all__ = ["Secret", "secrets_in", "with_secrets"]


def secrets_in(value: Any) -> set[str]:
    """Return the names of the secrets in a value, also inside lists, tuples and dicts."""
    names: set[str] = set()

    def collect(leaf: Any) -> Any:
        if isinstance(leaf, Secret):
            names.add(leaf.name)
        return leaf

    replace_nested(value, collect)
    return names


def with_secrets(options: TaskOptions, values: Iterable[Any], where: str) -> TaskOptions:
    """Return options that name the secrets among inputs too.

    Parameters
    ----------
    where
        Names the task in an error.

    Raises
    ------
    OptionError
        If the task is to run in a thread, where all share one environment.
    """
    names = set(options.secrets).union(*map(secrets_in, values))
    if len(names) == len(options.secrets):
        return options
    if options.isolation == "thread":
        raise OptionError(
            f"{where} has isolation='thread' and a secret as an input, but secrets are given to "
            f"processes only: use isolation='process', or leave isolation out"
        )
    return replace(options, secrets=tuple(sorted(names)))
