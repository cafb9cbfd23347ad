"""The parameters that a notebook in Python takes, their types, and whether given values match."""

from __future__ import annotations

import ast
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError, nearest
from maze_nb.sdk.hint_fit import misfit

TAG = "parameters"

_NAMES: dict[str, Any] = {
    **{kind.__name__: kind for kind in (bool, int, float, str, list, dict, tuple, set)},
    **{name: getattr(typing, name) for name in ("Any", "Optional", "Union", "Literal")},
    "List": list,
    "Dict": dict,
    "Tuple": tuple,
    "Sequence": list,
    "Mapping": dict,
}
_MODULES = ("typing", "t", "abc")
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a notebook.

    Attributes
    ----------
    type_name
        What stands in the notebook of its type; empty if nothing does.
    hint
        The type that is checked, ``Any`` if none is.
    default
        The source of its default.
    help
        The comment beside it.
    """

    name: str
    type_name: str
    hint: Any
    default: str
    help: str

    @property
    def expected(self) -> str:
        """Its type, in words."""
        return self.type_name or _name_of(self.hint)

    def takes(self, value: Any) -> bool:
        """Whether a value matches its type."""
        if isinstance(value, bool) and self.hint in (int, float, int | float):
            return False
        return misfit(value, self.hint, lambda _: None) is None


def assigned_parameters(tree: ast.Module) -> dict[str, Parameter]:
    """Return the parameters by name that a cell in Python gives their defaults."""
    found = {}
    for each in tree.body:
        match each:
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=hint, value=ast.expr() as value
            ):
                named, default = ast.unparse(hint), ast.unparse(value)
                found[name] = Parameter(name, named, hint_of(named), default, "")
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                default = ast.unparse(value)
                found[name] = Parameter(name, "", hint_of_default(default), default, "")
    return found


def with_types(
    texts: Mapping[str, str], values: Mapping[str, Any], known: Mapping[str, Parameter]
) -> dict[str, Any]:
    """Return values of which those stay text, as they were typed, whose parameter is one.

    Parameters
    ----------
    texts
        What was typed, of those values that were read from it.
    """
    return {
        name: texts[name] if name in texts and name in known and known[name].hint is str else value
        for name, value in values.items()
    }


def check(
    values: Mapping[str, Any],
    known: Mapping[str, Parameter],
    notebook: str,
    *,
    typed: Collection[str] = (),
) -> None:
    """Raise ``InputError`` for a value whose parameter is not there, or is of another type.

    A notebook without parameters takes any: the values are set before its first cell.

    Parameters
    ----------
    typed
        The names of those that were typed as a word, where YAML could have been.
    """
    if not known:
        return
    for name, value in values.items():
        if name not in known:
            raise InputError(
                f"{notebook} has no parameter {name!r} in its cell tagged {TAG!r}: "
                f"{nearest(name, known)}"
            )
        wrong = mismatch(known[name], value)
        if wrong:
            remedy = _remedy(known[name], value) if name in typed else ""
            raise InputError(f"parameter {name!r} of {notebook} {wrong}{remedy}")


def _remedy(parameter: Parameter, value: Any) -> str:
    """Return how a value is typed that fits."""
    if not isinstance(value, str):
        return f": -r {parameter.name} … gives one as text" if parameter.hint is str else ""
    if parameter.hint is bool:
        return ": write True or False"
    return "" if parameter.takes("") else f": -y '{parameter.name}: …' gives one as YAML"


def mismatch(parameter: Parameter, value: Any) -> str:
    """Return what a parameter takes, and that it is not this value; empty if it is."""
    if parameter.takes(value):
        return ""
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    return f"takes {parameter.expected}, not {shown} ({type(value).__name__})"


def hint_of(annotation: str) -> Any:
    """Return the type that an annotation means, ``Any`` for what is in it and not known here."""
    try:
        return _evaluated(ast.parse(annotation.strip().strip("'\""), mode="eval").body)
    except (SyntaxError, TypeError, ValueError):
        return Any


def _evaluated(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=None):
            return None
        case ast.Name(id=name):
            return _NAMES.get(name, Any)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if module in _MODULES:
            return _NAMES.get(name, Any)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return typing.Union[_evaluated(left), _evaluated(right)]  # noqa: UP007
        case ast.Subscript(value=of, slice=inner):
            return _subscripted(_evaluated(of), inner)
    return Any


def _subscripted(of: Any, inner: ast.expr) -> Any:
    if of is typing.Literal:
        return typing.Literal[ast.literal_eval(inner)]
    if of is Any:
        return Any
    parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
    given = tuple(
        ... if isinstance(part, ast.Constant) and part.value is ... else _evaluated(part)
        for part in parts
    )
    return of[given if len(given) > 1 else given[0]]


def hint_of_default(default: str) -> Any:
    """Return the type of what has no annotation: that of its default; a number is any number."""
    try:
        value = ast.literal_eval(default)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return Any
    if value is None:
        return Any
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int | float
    return type(value)


def _name_of(hint: Any) -> str:
    if hint is Any:
        return "anything"
    if isinstance(hint, types.UnionType):
        return "a number"
    return str(getattr(hint, "__name__", hint))
