"""Whether a value, or whatever another hint allows, is what a type hint says."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from numbers import Complex, Integral, Real
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

UNKNOWN: Final = Any
"""The hint of what has none."""

_TOWER: dict[Any, type] = {int: Integral, float: Real, complex: Complex}
_QUALIFIERS = (typing.Annotated, typing.Required, typing.NotRequired, typing.Final, typing.ClassVar)
_ITEMS = 1000
_ITEM_TYPES: dict[type, type] = {str: str, bytes: int, bytearray: int, range: int}
"""What is in sequences that have no hint for it."""
_CONTAINERS = (list, tuple, set, frozenset, dict)

HintOf = Callable[[Any], Any]
"""Returns the hint of what stands for a value that is not there yet, or None for a plain value."""


class Misfit(NamedTuple):
    """A part of a value that is not what the hint of this part says."""

    part: Any
    hint: Any


def misfit(value: Any, hint: Any, hint_of: HintOf) -> Misfit | None:
    """Return the first part of a value that does not match a hint, or None if all of it does.

    Of long containers only the first items are looked at. What cannot be told is no misfit.
    """
    hint = _plain(hint)
    if not _is_telling(hint):
        return None
    source = hint_of(value)
    if source is not None:
        return None if fits(source, hint) else Misfit(value, hint)
    if _is_union(hint):
        arms = get_args(hint)
        is_one = any(misfit(value, arm, hint_of) is None for arm in arms)
        return None if is_one else Misfit(value, hint)
    origin, args = get_origin(hint), get_args(hint)
    if typing.is_typeddict(origin or hint):
        return _misfit_of_fields(value, origin or hint, hint_of)
    if not isinstance(origin, type):
        return None if _is_bearable(value, _TOWER.get(hint, hint)) else Misfit(value, hint)
    if origin is not type and not _is_bearable(value, origin):
        return Misfit(value, hint)
    if type(value) in _ITEM_TYPES and args:
        return None if fits(type(value), hint) else Misfit(value, hint)
    if type(value) not in _CONTAINERS:
        return None if origin is not type or _is_bearable(value, hint) else Misfit(value, hint)
    if type(value) is tuple and _is_fixed(origin, args) and len(value) != len(args):
        return Misfit(value, hint)
    parts = islice(_parts(value, origin, args), _ITEMS)
    return next((found for part, of in parts if (found := misfit(part, of, hint_of))), None)


def _misfit_of_fields(value: Any, shape: Any, hint_of: HintOf) -> Misfit | None:
    """Return what of a dict does not match the hints of the keys that it has to have."""
    if not isinstance(value, dict) or not shape.__required_keys__ <= set(value):
        return Misfit(value, shape)
    try:
        fields = typing.get_type_hints(shape, include_extras=True)
    except Exception:  # noqa: BLE001 - a name in it cannot be resolved: it says nothing
        return None
    given = ((value[key], fields[key]) for key in fields if key in value)
    return next((found for part, of in given if (found := misfit(part, of, hint_of))), None)


def element_of(hint: Any) -> Any:
    """Return the hint of one item of what a hint says, or UNKNOWN."""
    hint = _plain(hint)
    if _is_union(hint):
        arms = [arm for arm in get_args(hint) if arm is not types.NoneType]
        return element_of(arms[0]) if len(arms) == 1 else UNKNOWN
    origin, args = get_origin(hint), get_args(hint)
    if not isinstance(origin, type) or not args or _is_exotic(args):
        return UNKNOWN
    if origin is tuple:
        return typing.Union[tuple(arg for arg in args if arg is not Ellipsis)]  # noqa: UP007
    return args[0] if issubclass(origin, Iterable) and len(args) == 1 else UNKNOWN


def fits(source: Any, target: Any) -> bool:
    """Tell whether all that one hint allows is what another says, or may be as far as they tell."""
    try:
        return _fits_known(source, target)
    except TypeError:  # a hint that cannot be hashed
        return _fits(source, target)


def _fits(source: Any, target: Any) -> bool:
    source, target = _plain(source), _plain(target)
    if source == target or not _is_telling(source) or not _is_telling(target):
        return True
    if _is_union(source):
        return all(fits(arm, target) for arm in get_args(source))
    if _is_union(target):
        return any(fits(source, arm) for arm in get_args(target))
    if get_origin(source) is Literal:
        return all(misfit(value, target, lambda _: None) is None for value in get_args(source))
    mine, theirs = get_origin(source) or source, get_origin(target) or target
    if not isinstance(mine, type) or not isinstance(theirs, type) or theirs is type:
        return _is_subhint(source, target)
    if not _is_subclass(mine, _TOWER.get(theirs, theirs)):
        return False
    wanted = get_args(target)
    if mine in _ITEM_TYPES and len(wanted) == 1 and issubclass(theirs, Iterable):
        return fits(_ITEM_TYPES[mine], wanted[0])
    return _do_arguments_fit(mine, get_args(source), theirs, wanted)


_fits_known = lru_cache(maxsize=4096)(_fits)


def _do_arguments_fit(
    mine: type, source: tuple[Any, ...], theirs: type, target: tuple[Any, ...]
) -> bool:
    if not source or not target or _is_exotic(source) or _is_exotic(target):
        return True
    if mine is tuple:
        if _is_fixed(mine, source) and _is_fixed(theirs, target) and len(source) != len(target):
            return False
        wanted = target if _is_fixed(theirs, target) else target[:1] * len(source)
        return all(
            fits(have, want)
            for have, want in zip(source, wanted, strict=False)
            if have is not Ellipsis
        )
    if len(source) != len(target) and not (len(target) == 1 and issubclass(mine, dict)):
        return True
    return all(fits(have, want) for have, want in zip(source, target, strict=False))


def _plain(hint: Any) -> Any:
    """Return a hint without what says nothing of the value: qualifiers, new names for a type."""
    for _ in range(20):
        if hint is None:
            return types.NoneType
        if isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif get_origin(hint) in _QUALIFIERS:
            hint = get_args(hint)[0]
        elif type(hint).__name__ == "TypeAliasType":
            hint = _value_of_alias(hint)
        elif isinstance(hint, type) or not isinstance(get_origin(hint), type) or get_args(hint):
            return hint
        else:
            hint = get_origin(hint)
    return UNKNOWN


def _value_of_alias(alias: Any) -> Any:
    try:
        return alias.__value__
    except Exception:  # noqa: BLE001 - it is evaluated only now, and is the user's own code
        return UNKNOWN


def _is_telling(hint: Any) -> bool:
    """Tell whether a hint says something that can be checked."""
    if hint is Any or hint is object:
        return False
    return isinstance(hint, type | types.UnionType) or get_origin(hint) is not None


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (typing.Union, types.UnionType)


def _is_fixed(origin: type, args: tuple[Any, ...]) -> bool:
    return origin is tuple and bool(args) and Ellipsis not in args and not _is_exotic(args)


def _is_exotic(args: tuple[Any, ...]) -> bool:
    """Tell whether arguments of a hint are other than hints, such as those of ``Callable``."""
    return any(isinstance(arg, list) or get_origin(arg) is typing.Unpack for arg in args)


def _parts(value: Any, origin: type, args: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """Yield the items of a container with the hint that each of them has."""
    if not args or _is_exotic(args):
        return
    if type(value) is dict and len(args) == 2:
        for key, item in value.items():
            yield key, args[0]
            yield item, args[1]
    elif type(value) is tuple and _is_fixed(origin, args):
        yield from zip(value, args, strict=True)
    elif issubclass(origin, Iterable):
        yield from ((item, args[0]) for item in value)


def _is_subclass(mine: type, theirs: type) -> bool:
    try:
        return issubclass(mine, theirs)
    except Exception:  # noqa: BLE001 - protocols and classes of others refuse in their own ways
        return True


def _is_bearable(value: Any, hint: Any) -> bool:
    from beartype.door import is_bearable

    try:
        return bool(is_bearable(value, hint))
    except Exception:  # noqa: BLE001 - a hint that beartype does not know is no error
        return True


def _is_subhint(source: Any, target: Any) -> bool:
    from beartype.door import is_subhint

    try:
        return bool(is_subhint(source, target))
    except Exception:  # noqa: BLE001 - a hint that beartype does not know is no error
        return True
