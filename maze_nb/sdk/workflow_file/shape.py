"""Whether the values of a file are of the types that its words take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from maze_nb.errors import nearest, with_article
from maze_nb.sdk.workflow_file.node import Node, below
from maze_nb.sdk.workflow_file.problems import Problems
from maze_nb.sdk.workflow_file.references import Template

_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "a text",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.BoolType: "true or false",
    inspect.ListType: "a list",
    inspect.DictType: "a dict",
    inspect.StructType: "a dict",
}


def check_shape(node: Node, kind: Any, path: str, problems: Problems) -> bool:
    """Note what in a value does not fit a type; say whether all of it does.

    Parameters
    ----------
    kind
        A type as annotations have it.
    """
    before = len(problems)
    _check(node, _info(kind), path, problems)
    return len(problems) == before


def words_of(kind: type[msgspec.Struct]) -> list[str]:
    """Return the keys that a struct takes."""
    return [field.encode_name for field in msgspec.structs.fields(kind)]


@cache
def _info(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _check(node: Node, info: inspect.Type, path: str, problems: Problems) -> None:
    options = list(_options(info))
    if node.value == Template(()):
        return  # What is wrong with it was said.
    if isinstance(node.value, Template) and not any(
        isinstance(o, inspect.AnyType) for o in options
    ):
        if any(isinstance(o, inspect.StrType) and o.pattern is None for o in options):
            return
        told = " and ".join(dict.fromkeys(ref.told for ref in node.value.refs()))
        problems.add(node.place, path, f"{told} is known only in the run, but {_needed(options)}")
        return
    fitting = [each for each in options if _fits(node, each)]
    if not fitting:
        problems.add(node.place, path, f"is {_shown(node)}, but {_needed(options)}")
        return
    _check_inside(node, fitting[0], path, problems)


def _check_inside(node: Node, info: inspect.Type, path: str, problems: Problems) -> None:
    if isinstance(info, inspect.StructType):
        _check_struct(node, info, path, problems)
    elif isinstance(info, inspect.ListType):
        for index, each in enumerate(node.value):
            _check(each, info.item_type, f"{path}[{index}]", problems)
    elif isinstance(info, inspect.DictType):
        for key, each in node.items():
            if isinstance(_bare(info.key_type), inspect.StrType) and not isinstance(key, str):
                problems.add(
                    node.key_place(key),
                    path,
                    f"the name {key!r} has to be a text: put quotes to it",
                )
            _check(each, info.value_type, below(path, key), problems)


def _check_struct(node: Node, info: inspect.StructType, path: str, problems: Problems) -> None:
    fields = {field.encode_name: field for field in info.fields}
    for key, each in node.items():
        if key in fields:
            _check(each, fields[key].type, below(path, key), problems)
        else:
            hint = nearest(str(key), fields, most=len(fields))
            problems.add(node.key_place(key), below(path, key), f"is not known here: {hint}")
    for name, field in fields.items():
        if field.required and name not in node.value:
            problems.add(node.place, path, f"has to have {name!r}")


def _fits(node: Node, info: inspect.Type) -> bool:
    value = node.value
    if isinstance(info, inspect.AnyType):
        return True
    if isinstance(info, inspect.NoneType):
        return value is None
    if isinstance(info, inspect.BoolType):
        return isinstance(value, bool)
    if isinstance(info, inspect.IntType | inspect.FloatType):
        kinds = int if isinstance(info, inspect.IntType) else (int, float)
        return isinstance(value, kinds) and not isinstance(value, bool)
    if isinstance(info, inspect.StrType):
        return isinstance(value, str) and (info.pattern is None or _matches(info.pattern, value))
    if isinstance(info, inspect.LiteralType):
        return isinstance(value, str) and value in info.values
    if isinstance(info, inspect.ListType):
        return node.is_list
    return node.is_dict


def _matches(pattern: str, value: str) -> bool:
    return re.search(pattern, value) is not None


def _options(info: inspect.Type) -> Iterator[inspect.Type]:
    """Yield the types of which a value may have any."""
    info = _bare(info)
    if isinstance(info, inspect.UnionType):
        for each in info.types:
            yield from _options(each)
    else:
        yield info


def _bare(info: inspect.Type) -> inspect.Type:
    while isinstance(info, inspect.Metadata):
        info = info.type
    return info


def _needed(options: list[inspect.Type]) -> str:
    told: list[str] = []
    for each in options:
        if isinstance(each, inspect.LiteralType):
            told += [repr(value) for value in each.values]
        elif isinstance(each, inspect.StrType) and each.pattern is not None:
            continue
        elif type(each) in _WORDS:
            told.append(_WORDS[type(each)])
    unique = list(dict.fromkeys(told))
    if "a number" in unique and "a whole number" in unique:
        unique.remove("a whole number")
    return f"has to be {' or '.join(unique) or 'nothing'}"


def _shown(node: Node) -> str:
    if node.is_dict or node.is_list:
        return with_article("dict" if node.is_dict else "list")
    text = repr(node.value) if node.value is not None else "nothing"
    return text if len(text) <= 60 else f"{text[:60]}…"
