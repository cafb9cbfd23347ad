"""The parameters that a notebook takes, in whatever language it is."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from maze_nb.sdk.notebook_parameters import (
    TAG,
    Parameter,
    assigned_parameters,
    hint_of,
    hint_of_default,
)

UNKNOWN = "None"
"""What papermill says of a parameter without a type."""


def parameters_of(notebook: Any, kernel: str, language: str) -> dict[str, Parameter] | None:
    """Return the parameters by name that a notebook has, None if no cell of it is tagged so."""
    from papermill.exceptions import PapermillException
    from papermill.translators import papermill_translators

    tagged = [cell for cell in notebook.cells if TAG in cell.metadata.get("tags", [])]
    if not tagged:
        return None
    try:
        told = papermill_translators.find_translator(kernel, language).inspect(tagged[0])
    except (NotImplementedError, PapermillException):
        told = []
    found = {each.name: _parameter(each) for each in told}
    if language != "python":
        return found
    return {name: _with_help(each, found) for name, each in _assigned(tagged[0].source).items()}


def _assigned(source: str) -> dict[str, Parameter]:
    """Return the parameters of a cell in Python; papermill overlooks those with longer types."""
    try:
        return assigned_parameters(ast.parse(source))
    except SyntaxError:
        return {}


def _with_help(parameter: Parameter, told: Mapping[str, Parameter]) -> Parameter:
    """Return a parameter with what comments say of it."""
    comments = told.get(parameter.name)
    if comments is None:
        return parameter
    if not parameter.type_name and comments.type_name:
        return replace(comments, default=parameter.default)
    return replace(parameter, help=comments.help)


def _parameter(found: Any) -> Parameter:
    named = "" if found.inferred_type_name in (UNKNOWN, "", None) else found.inferred_type_name
    default = str(found.default)
    hint = hint_of(named) if named else hint_of_default(default)
    return Parameter(found.name, named, hint, default, found.help or "")
