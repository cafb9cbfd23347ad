"""What cells do to names, by Python's own rules: tables, with a reason for each row."""

from __future__ import annotations

import builtins
import sys

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from maze_nb.dataflow import analyse_cell
from tests.unit.dataflow.cases.assignments import ASSIGNMENT, IMPORTS, PRIVATE
from tests.unit.dataflow.cases.branches import CONDITIONS, ERRORS_AND_CONTEXTS, LOOPS, MATCHES
from tests.unit.dataflow.cases.changes import DELETIONS, MUTATIONS
from tests.unit.dataflow.cases.scopes import CLASSES, COMPREHENSIONS, FUNCTIONS
from tests.unit.dataflow.cases.syntax import IPYTHON, NEWER

CASES = [
    *ASSIGNMENT,
    *PRIVATE,
    *FUNCTIONS,
    *CLASSES,
    *COMPREHENSIONS,
    *IMPORTS,
    *CONDITIONS,
    *LOOPS,
    *ERRORS_AND_CONTEXTS,
    *MATCHES,
    *MUTATIONS,
    *DELETIONS,
    *IPYTHON,
    *NEWER,
]


KNOWN = [case for case in CASES if case.since <= sys.version_info[:2]]


@pytest.mark.parametrize("case", KNOWN, ids=str)
def test_the_names_of_a_cell(case, compiled):
    source = TransformerManager().transform_cell(case.cell)
    names = analyse_cell(source)
    roles = {
        "reads": names.reads,
        "writes": names.writes,
        "maybe": names.maybe_writes,
        "mutates": names.mutates,
        "deletes": names.deletes,
        "soft": names.soft_reads - set(dir(builtins)),
        "private": names.private_reads,
        "imports": names.imports,
    }
    found = {role: " ".join(sorted(names)) for role, names in roles.items()}
    expected = {role: " ".join(sorted(getattr(case, role).split())) for role in roles}
    assert found == expected, case.why
    assert set(names.outputs) == (names.writes | names.mutates) - names.imports - names.deletes
    assert names.mutates <= names.reads
    by_compiler = compiled(source)
    assert names.reads <= by_compiler.loaded
    assert names.writes <= by_compiler.stored


def test_the_table_is_large_and_has_no_row_twice():
    assert len(CASES) == len({case.cell for case in CASES}) >= 150
    assert all(case.why for case in CASES)
