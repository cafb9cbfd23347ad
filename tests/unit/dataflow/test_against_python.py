"""The analysis against Python itself: generated cells are run, and every access is watched."""

from __future__ import annotations

import itertools
from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from maze_nb.dataflow import analyse_cell

NAMES = st.sampled_from("abcdef")


class Outside(int):
    """The value that a name has before the cell runs."""


class Careless:
    """A context manager that swallows errors, which its name does not tell."""

    def __enter__(self) -> int:
        return 1

    def __exit__(self, *_: object) -> bool:
        return True


class WatchedNames(dict[str, Any]):
    """A module namespace that notes which outside values are read.

    Python stores some globals past ``__setitem__``, so that a value of the cell's own is told
    by what it is and not by how it came.
    """

    def __init__(self) -> None:
        self.outside = {name: Outside(1) for name in "abcdef"}
        self.read: set[str] = set()
        # Loops end, as this runs out.
        ticks = itertools.chain([1] * 4, itertools.repeat(0))
        super().__init__(
            self.outside, __name__="cell", ticks=ticks, suppress=suppress, Careless=Careless
        )

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value is self.outside.get(name):
            self.read.add(name)
        return value

    def made(self) -> set[str]:
        """Return the names that hold a value other than the one from outside."""
        return set(self.outside.keys() & self.keys()) - self.untouched()

    def untouched(self) -> set[str]:
        """Return the names that still hold their value from outside."""
        return {name for name, value in self.outside.items() if self.get(name) is value}


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0:
        return draw(NAMES | st.sampled_from(["0", "1"]))
    inner = expressions(depth - 1)
    shape = draw(
        st.sampled_from(
            [
                "({} + {})",
                "({} and {})",
                "({} or {})",
                "({} if {} else 0)",
                "(not {} < {} < 3)",
                "({name} := {})",
                "sum([{name} for {name} in range({} % 3) if {}])",
                "len([({name} := i) for i in range({} % 2)])",
                "(lambda {name}: {name} + {})({})",
                "(lambda {name}={}: {name})()",
            ]
        )
    )
    parts = [draw(inner) for _ in range(shape.count("{}"))]
    return shape.format(*parts, name=draw(NAMES))


SIMPLE = [
    "{name} = {}",
    "{name} += {}",
    "{name}, {other} = {}, 1",
    "{}",
    "del {name}",
    "def f{name}({other}=1): return {}",
    "def f{name}():\n    global {name}\n    {name} = {}",
    "f{name}()",
    (
        "def f{name}():\n    {other} = {}\n    def g():\n        nonlocal {other}\n"
        "        {other} = {name}\n        return {other}\n    return g() + {}"
    ),
    (
        "def f{name}({other}={}):\n    class K:\n        {name} = {other}\n"
        "        def m(self): return {name} + {other}\n    return K().m()"
    ),
    "f{name} = lambda {other}=1: {name} + {}",
    "@(lambda g: (g(), g)[1])\ndef f{name}({other}=1): return {} + {name}",
    "{name} = {other} = {}",
    "[{name}, *{other}], _k = [{}, 2], {}",
    "{name}: int = {}",
    "C{name}().m()",
    "{name} = sum(f{other}() for _j in range({} % 2))",
    "print(end=f'{{({other} := {})!r:>{{{name}}}}}'[:0])",
    "(lambda: [{name} for {name} in range({} % 3) for {other} in range({name})])()",
]
COMPOUND = [
    "if {}:\n[]\nelse:\n[]",
    "if {}:\n[]",
    "for {name} in range({} % 3):\n[]\n    if {other}: break",
    "for {name} in [1, {}]:\n[]\nelse:\n[]",
    "try:\n[]\n    1 // {name}\nexcept ZeroDivisionError:\n[]",
    "try:\n[]\nfinally:\n[]",
    "class C{name}:\n[]",
    "match {}:\n    case 0 | 1: {name} = 2\n    case {other}: pass",
    (
        "match {}, {}:\n    case {name}, {other} if {}:\n    []\n"
        "    case ({name}, 0) | (0, {name}):\n    []"
    ),
    "match {}:\n    case {name} if {}:\n    []\n    case int() as {other}:\n    []",
    "class C{name}:\n[]\n    def m(self): return {other} + {}",
    "with suppress(ZeroDivisionError):\n[]\n    1 // {}",
    "with suppress(ValueError):\n[]\n    raise ValueError",
    "with Careless() as {name}:\n[]\n    raise ValueError",
    "while next(ticks) and {}:\n[]\n    if {}: continue\n[]",
    "while next(ticks):\n[]\nelse:\n[]",
    "for {name} in range(2):\n    if {name}: f{other}()\n[]",
    "try:\n[]\n    raise ValueError\nexcept ValueError as {name}:\n[]\nelse:\n[]\nfinally:\n[]",
    "try:\n[]\n    1 // {}\nexcept* ZeroDivisionError as {name}:\n[]",
    "def f{name}({other}={}):\n    global {name}\n[]\n    return {}",
]


@st.composite
def statements(draw: st.DrawFn, depth: int = 2) -> str:
    shape = draw(st.sampled_from(SIMPLE + COMPOUND * 2 if depth else SIMPLE))
    while "[]" in shape:
        lines = "\n".join(draw(blocks(depth - 1))).splitlines()
        before = shape.partition("[]")[0].rpartition("\n")[2]
        indented = "\n".join(f"{before}    {line}" for line in lines).removeprefix(before)
        shape = shape.replace("[]", _literal(indented), 1)
    values = [draw(expressions(1)) for _ in range(shape.count("{}"))]
    return shape.format(*values, name=draw(NAMES), other=draw(NAMES))


def _literal(text: str) -> str:
    """Return a text that stays as it is when it is part of a shape."""
    return text.replace("[]", "[ ]").replace("{", "{{").replace("}", "}}")


def blocks(depth: int) -> st.SearchStrategy[list[str]]:
    return st.lists(statements(depth), min_size=1, max_size=3)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(statements(), min_size=1, max_size=5))
def test_every_read_and_write_of_a_run_was_foreseen(parts):
    cell = "\n".join(parts)
    try:
        code = compile(cell, "<cell>", "exec")
    except SyntaxError:
        assume(False)
    names = analyse_cell(cell)
    namespace = WatchedNames()
    ended = True
    try:
        exec(code, namespace)
    except Exception:  # noqa: BLE001 - generated cells fail in any way
        ended = False
    assert namespace.read <= names.reads, cell
    if ended:
        assert namespace.made() <= names.writes, cell
        kept = namespace.untouched() - namespace.read
        assert not kept & (names.writes - names.maybe_writes), cell
