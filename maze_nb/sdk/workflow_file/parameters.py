"""The parameters of a workflow file: what it declares, and what each is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maze_nb.errors import InputError, WorkflowFileError, nearest, with_article
from maze_nb.sdk.workflow_file.format import ParameterEntry
from maze_nb.sdk.workflow_file.node import Node, below, node_of
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.read_nodes import read_text
from maze_nb.sdk.workflow_file.references import parse_text
from maze_nb.sdk.workflow_file.scalars import meaning_of
from maze_nb.sdk.workflow_file.shape import check_shape, words_of

_TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list, tuple),
    "dict": (dict,),
    "any": (object,),
}
_SAMPLES: dict[str, Any] = {
    "str": "x",
    "int": 1,
    "float": 1.0,
    "bool": True,
    "list": [],
    "dict": {},
}


class Typed(str):
    """A value as it was typed in a command line: what it means follows from the parameter."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that a file declares; `default` is None if it has to be given."""

    name: str
    type: str
    default: Node | None
    choices: tuple[Any, ...]
    node: Node


def read_parameters(file: Node, problems: Problems) -> dict[str, Parameter]:
    """Return what a file declares, by name."""
    section = file.get("parameters")
    found: dict[str, Parameter] = {}
    if section is None:
        return found
    section = _unescaped(section, "parameters", problems)
    if not section.is_dict:
        if section.value is not None:
            problems.add(section.place, "parameters", "has to be a dict of parameters by name")
        return found
    for name, node in section.items():
        path = below("parameters", name)
        if not isinstance(name, str) or not name.replace("-", "_").isidentifier():
            place = section.key_place(name)
            problems.add(place, path, f"{name!r} is no name: write letters, digits and _")
        elif (each := _declared(name, node, path, problems)) is not None:
            found[name] = each
    return found


def _unescaped(node: Node, path: str, problems: Problems) -> Node:
    """Return a value in which nothing can be referred to, with ``$${`` read as elsewhere."""
    if node.is_dict:
        made = {key: _unescaped(each, below(path, key), problems) for key, each in node.items()}
        return Node(made, node.place, node.keys, node.size)
    if node.is_list:
        items = [_unescaped(e, f"{path}[{i}]", problems) for i, e in enumerate(node.value)]
        return Node(items, node.place, size=node.size)
    if not isinstance(node.value, str) or "${" not in node.value:
        return node
    try:
        found = parse_text(node.value)
    except InputError as error:
        problems.add(node.place, path, str(error))
        return node
    if isinstance(found, str):
        return Node(found, node.place)
    told = next(found.refs()).told
    what = f"{told} stands in a parameter, where nothing can be referred to"
    problems.add(node.place, path, f"{what}: put it where the parameter is read, or write $${{")
    return node


def _declared(name: str, node: Node, path: str, problems: Problems) -> Parameter | None:
    # A dict with other keys than these is itself the default.
    is_entry = (
        node.is_dict and bool(node.value) and set(node.value) <= set(words_of(ParameterEntry))
    )
    if not is_entry:
        if node.is_dict and {"type", "default", "required"} & set(node.value):
            check_shape(node, ParameterEntry, path, problems)
            return None
        return Parameter(name, _type_of(node.plain()), node, (), node)
    if not check_shape(node, ParameterEntry, path, problems):
        return None
    required, default = node.get("required"), node.get("default")
    choices = node.get("choices")
    if required is not None and required.value and default is not None:
        problems.add(default.place, path, "is required, and so has no use for a default")
    if required is not None and not required.value and default is None:
        default = Node(None, node.place)
    kind = node.get("type")
    told = kind.value if kind is not None else None
    if told is None:
        told = _type_of(default.plain()) if default is not None else "any"
    made = Parameter(
        name, told, default, tuple(choices.plain() or ()) if choices is not None else (), node
    )
    _note_wrong_choices(made, choices, f"{path}.choices", problems)
    if default is not None and default.value is not None:
        _note_misfit(made, default.plain(), default, f"{path}.default", problems)
    return made


def _note_wrong_choices(
    parameter: Parameter, choices: Node | None, path: str, problems: Problems
) -> None:
    if choices is None or choices.value is None:
        return
    if not choices.value:
        problems.add(
            choices.place, path, "is empty: give the values that it takes, or leave it out"
        )
    for index, each in enumerate(choices.value):
        # What else it is held against are the choices themselves.
        alone = Parameter(parameter.name, parameter.type, None, (), each)
        _note_misfit(alone, each.plain(), each, f"{path}[{index}]", problems)


def settle(
    declared: Mapping[str, Parameter],
    given: Mapping[str, Any],
    file: Node,
    problems: Problems,
    *,
    is_trial: bool = False,
) -> dict[str, Node]:
    """Return the values of the parameters.

    Parameters
    ----------
    is_trial
        Whether those that have to be given and are not get some value of their type.
    """
    section = file.get("parameters") or file
    place = file.key_place("parameters")
    for name in given:
        if name not in declared:
            problems.add(
                place, "parameters", f"no parameter is called {name!r}: {nearest(name, declared)}"
            )
    values: dict[str, Node] = {}
    for name, each in declared.items():
        path = below("parameters", name)
        if name in given:
            value = _meant(each, given[name])
            _note_misfit(each, value, each.node, path, problems)
            values[name] = node_of(value, each.node.place)
        elif each.default is not None:
            values[name] = each.default
        else:
            values[name] = node_of(_sample(each), each.node.place)
            if not is_trial:
                problems.add(
                    section.key_place(name),
                    path,
                    f"has to be given: -p {name} …, or parameters={{{name!r}: …}}",
                )
    return values


def _sample(parameter: Parameter) -> Any:
    return parameter.choices[0] if parameter.choices else _SAMPLES.get(parameter.type)


def _meant(parameter: Parameter, value: Any) -> Any:
    """Return what was typed for a parameter as its type reads it."""
    if not isinstance(value, Typed):
        return value
    text = str(value)
    if parameter.type == "str":
        return text
    if parameter.type in ("list", "dict") or (parameter.type == "any" and text[:1] in ("[", "{")):
        try:
            return read_text(text, Problems(parameter.name)).plain()
        except WorkflowFileError:
            return text
    return meaning_of(text)


def _note_misfit(
    parameter: Parameter, value: Any, node: Node, path: str, problems: Problems
) -> None:
    kinds = _TYPES[parameter.type]
    is_bool = isinstance(value, bool) and parameter.type in ("int", "float")
    if not isinstance(value, kinds) or is_bool:
        what = f"{_short(value)} ({type(value).__name__})"
        problems.add(node.place, path, f"is {what}, but has to be {_SAID[parameter.type]}")
    elif parameter.choices and value not in parameter.choices:
        listed = ", ".join(map(_short, parameter.choices))
        problems.add(node.place, path, f"is {_short(value)}, but has to be one of: {listed}")


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    return next(
        (
            name
            for name in ("str", "int", "float", "list", "dict")
            if isinstance(value, _TYPES[name])
        ),
        "any",
    )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


_SAID = {name: with_article(name) for name in _TYPES} | {"any": "anything"}
