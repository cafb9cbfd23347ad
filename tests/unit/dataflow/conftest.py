"""What Python's own compiler says about the names of a cell."""

from __future__ import annotations

import ast
import dis
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType

import pytest

_NEEDS = {
    "LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "DELETE_GLOBAL", "DELETE_NAME"
}  # fmt: skip


@dataclass(frozen=True)
class CompiledNames:
    """Module-level names by bytecode, whatever the order in which they are used."""

    loaded: frozenset[str]
    stored: frozenset[str]


def compiled_names(source: str) -> CompiledNames:
    """Collect the names that the compiled cell needs among its globals, or stores there."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    loaded: set[str] = set()
    stored: set[str] = set()

    def look_into(code: CodeType, *, is_module: bool) -> None:
        for step in dis.get_instructions(code):
            if step.opname in _NEEDS:
                loaded.add(step.argval)
            elif step.opname == "STORE_GLOBAL" or (is_module and step.opname == "STORE_NAME"):
                stored.add(step.argval)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                look_into(constant, is_module=False)

    code = compile(source, "<cell>", "exec", flags, dont_inherit=True)
    look_into(code, is_module=True)
    return CompiledNames(frozenset(loaded), frozenset(stored))


@pytest.fixture(scope="session")
def compiled() -> Callable[[str], CompiledNames]:
    return compiled_names
