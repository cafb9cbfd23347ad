"""The source of definitions in normal form, whatever other tools hang onto syntax trees."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import pytest

from maze_nb.sdk.fingerprint.source import class_text, function_text, module_text, parse
from maze_nb.sdk.task import task

TEXT = '''
@task(retries=2)
async def first(a, b: int = 1, *, rest=(), **more) -> list:
    """Says what it does."""
    total: int = a  # type: ignore
    for each in rest:  # and so on
        total += [n async for n in each if f"{n!r:>{b}}"]
    return total

class Kind:
    """Holds one."""
    @other
    def held(self, x):
        @task
        def inner(y): return lambda z: x + y + z
        return inner
'''
PLAIN = """async def first(a, b: int=1, *, rest=(), **more) -> list:
    total: int = a
    for each in rest:
        total += [n async for n in each if f'{n!r:>{b}}']
    return total

class Kind:

    @other
    def held(self, x):

        def inner(y):
            return lambda z: x + y + z
        return inner"""


class Followed(ast.Pass):
    """A node that counts how often it is copied or looked into."""

    count = 0

    def __reduce_ex__(self, protocol: Any) -> Any:
        type(self).count += 1
        return super().__reduce_ex__(protocol)

    def __getattribute__(self, name: str) -> Any:
        if name in ("_fields", "__dict__"):
            Followed.count += 1
        return super().__getattribute__(name)


@pytest.fixture
def hung() -> Iterator[type[Followed]]:
    """Have a large tree hang from the node that Python has in all trees."""
    shared: Any = ast.parse("a").body[0].value.ctx  # type: ignore[attr-defined]
    assert shared is ast.parse("b").body[0].value.ctx  # type: ignore[attr-defined]
    Followed.count = 0
    shared.parent = ast.Module([Followed() for _ in range(1000)], [])
    yield Followed
    del shared.parent


def test_what_hangs_from_a_node_is_not_followed(hung):
    source = parse(TEXT + "# another text than any other")
    assert module_text(source, {"task": task}) == PLAIN
    assert hung.count == 0


def test_definitions_are_told_without_task_and_stay_as_they_are(hung):
    text = TEXT.replace("@other", "@staticmethod")
    linecache.cache["definitions"] = (len(text), None, text.splitlines(True), "definitions")
    names: dict[str, Any] = {"task": task}
    exec(compile(text, "definitions", "exec", dont_inherit=True), names)
    kind = names["Kind"]
    held = kind.__dict__["held"].__func__
    assert isinstance(held, FunctionType)
    for _ in range(2):
        assert function_text(names["first"].function.__code__, names) == PLAIN.split("\n\n")[0]
        told = class_text(kind, held)
        assert told is not None
        assert "task" not in told
        assert "@staticmethod" in told
        assert function_text(held.__code__, {}) is not None
        assert "@task" in str(function_text(held.__code__, {}))
    assert hung.count == 0
