"""Which calls of methods change the object that they are called on, as far as names tell."""

from __future__ import annotations

import ast

# Methods by which lists, dicts, sets and deques change, and give back nothing. Classes of others
# use these names in the same sense.
_CHANGING = frozenset(
    {
        "add", "append", "appendleft", "clear", "difference_update", "discard", "extend",
        "extendleft", "insert", "intersection_update", "remove", "reverse", "rotate", "sort",
        "symmetric_difference_update", "update",
    }
)  # fmt: skip
# Methods that change it and give something back.
_TAKING = frozenset({"pop", "popitem", "popleft", "setdefault"})


def changes_its_object(call: ast.Call, *, is_statement: bool) -> bool:
    """Tell whether a call such as ``xs.append(1)`` changes what its method belongs to.

    Parameters
    ----------
    is_statement
        Whether nobody uses what it gives back. Where somebody does, as of ``a.add(b)`` of numbers
        that know of no change, most names tell nothing.
    """
    if not isinstance(call.func, ast.Attribute):
        return False
    if call.func.attr in _TAKING or any(map(_is_in_place, call.keywords)):
        return True
    return is_statement and call.func.attr in _CHANGING


def _is_in_place(keyword: ast.keyword) -> bool:
    return (
        keyword.arg == "inplace"
        and isinstance(keyword.value, ast.Constant)
        and bool(keyword.value.value)
    )
