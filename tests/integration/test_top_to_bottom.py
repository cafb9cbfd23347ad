"""Generated notebooks give as tasks what they give when they are run from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

import cloudpickle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maze_nb import MaClient
from maze_nb.errors import CellError
from maze_nb.magics.build import build
from maze_nb.magics.cell_book import CellBook
from maze_nb.magics.mark import Notebook, mark_cell
from maze_nb.magics.options import parse_options
from maze_nb.sdk.workflow_graph import WorkflowGraph
from maze_nb.sdk.workflow_task import OutputReference

# What makes a name of each kind: `{int}`, `{list}`, … stand for names that are there, `{new}` for
# the one that is made, `{k}` for a number, `{i}` for a name of no consequence.
MAKING = {
    "int": [
        "{new} = {int} + {k}",
        "{new} = {int} * 2 - {int}",
        "{new} = len({list}) + sum({list})",
        "{new} = {function}({int})",
        "{new} = {dict}['a']",
        "{new} = {int} if {int} > {k} else {k}",
        "if {int} > {k}:\n    {new} = 1\nelse:\n    {new} = {int}",
        "{new} = 0\nfor {i} in {list}:\n    {new} += {i}",
        "{new} = {k}\nwhile {new} < 20:\n    {new} += 7",
        "{new} = sum({i} * {int} for {i} in {list} if {i} != {k})",
        "_t = {int}\n{new} = _t + 1",
        "_u = ({new} := {int}) + 1",
        "try:\n    {new} = {int} // {k}\nexcept ZeroDivisionError as error:\n    {new} = -1",
        (
            "match {int}:\n    case 0 | 1:\n        {new} = 5\n    case _o if _o > {k}:\n"
            "        {new} = _o\n    case _:\n        {new} = 7"
        ),
        "import math\n{new} = math.gcd({int}, {k})",
        "from operator import mul as times\n{new} = times({int}, {k})",
        "{new} = (lambda {i}, by={int}: {i} + by)({k})",
        "class _C:\n    n = {int}\n    def m(self): return self.n + {int}\n{new} = _C().m()",
        "{new} = int(f'{{{int}:d}}')",
        "{new}, *_rest = [{int}, *{list}]",
        (
            "from contextlib import suppress\nwith suppress(ValueError):\n    {new} = {int}\n"
            "    raise ValueError"
        ),
        "{new} = {int}\ndel {new}\n{new} = {k}",
        "_l = {list}[:]\n_l += [{k}]\n{new} = _l.pop()",
    ],
    "list": [
        "{new} = [{int}, {k}]",
        "{new} = [{i} + {int} for {i} in {list}]",
        "{new} = {list} + [{k}]",
        "{new} = sorted({list}, reverse=True)[:3]",
        "{new} = list({list})\n{new}.append({int})",
        "{new} = [{k}]\n{new}[0] += {int}",
        "{new} = []\nfor {i} in {list}:\n    {new}.insert(0, {i})",
        "{new} = [{function}({i}) for {i} in range(3)]",
        "{new} = [{i} for {i}, _j in zip({list}, {list})]",
        "{new} = {list}",
    ],
    "dict": [
        "{new} = {{'a': {int}, 'b': {k}}}",
        "{new} = {{**{dict}, 'c': {int}}}",
        "{new} = dict({dict})\n{new}['a'] = {int}",
        "{new} = {{'a': 0}}\n{new}.update({dict})",
        "{new} = {{str({i}): {i} for {i} in {list}}} | {{'a': {int}}}",
    ],
    "function": [
        "def {new}(v): return v + {int}",
        "def {new}(v, more={int}):\n    found = [v, more]\n    return sum(found) + {function}(v)",
        (
            "def {new}(v):\n    def inner():\n        nonlocal v\n        v += {int}\n"
            "        return v\n    return inner()"
        ),
        "{new} = lambda v: v * {k} + len({list})",
        "def {new}(v):\n    import math\n    return math.floor(v) + {dict}['a']",
    ],
}
# What changes a name: allowed only in the cell that makes it.
CHANGING = {
    "int": ["{old} += {k}", "{old} = {old} * 2", "for {old} in [1, {k}]: pass"],
    "list": [
        "{old}.append({k})", "{old}[:1] = [{int}]", "{old} += [{k}]", "{old} = [*{old}, 1]",
        "{new} = {old}\n{new}.extend([{k}])", "{old}.sort()",
        "{new} = {old}\n{new} += [{k}]", "for _x in [{old}]: _x.reverse()",
    ],
    "dict": ["{old}['a'] = {k}", "{old}.setdefault('z', {int})", "{old}.update(y={k})"],
    "function": ["def {old}(v): return -v", "{old} = {function}"],
}  # fmt: skip
DELETING = "del {old}"
START = "n0, n1 = 2, 3\nl0 = [4, 1, 5]\nd0 = {'a': 6}\ndef f0(v): return v + n0"


# A cell that updates a name, marked before the one that makes it, seems to make it for that one.
REFUSALS = "both make '|makes '|both change '|changes '|deletes '|wait for each other"
IMPORTED = {"times", "suppress"}


@dataclass
class Program:
    """A notebook, and whether a cell of it changes what another one makes.

    That is refused, unless it makes it from nothing and no cell reads it.
    """

    cells: list[str] = field(default_factory=list)
    is_refused: bool = False


@dataclass
class Known:
    """The names that are there, by kind, with the number of the cell that makes them."""

    names: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            "int": {"n0": 0, "n1": 0},
            "list": {"l0": 0},
            "dict": {"d0": 0},
            "function": {"f0": 0},
        }
    )
    count: int = 1

    def fresh(self) -> str:
        self.count += 1
        return f"v{self.count}"


@st.composite
def statements(draw: st.DrawFn, known: Known, cell: int, program: Program) -> str:
    kind = draw(st.sampled_from([*MAKING]))
    own = [name for name, maker in known.names[kind].items() if maker == cell]
    # One in twenty does what is refused.
    others = [name for name, maker in known.names[kind].items() if maker != cell]
    is_foul = cell > 0 and bool(others) and draw(st.integers(0, 19)) == 7
    old = draw(st.sampled_from(others)) if is_foul else None
    if old is None and own and draw(st.booleans()):
        old = draw(st.sampled_from(own))
    shapes = CHANGING[kind] if old else MAKING[kind]
    shape = draw(st.sampled_from([*shapes, DELETING] if is_foul else shapes))
    program.is_refused |= is_foul
    parts = {each: draw(st.sampled_from([*names])) for each, names in known.names.items()}
    new = known.fresh()
    text = shape.format(
        **parts, new=new, old=old, k=draw(st.integers(0, 9)), i=f"_{draw(st.sampled_from('ijk'))}"
    )
    # Another name for a list of another cell can be made anew, but not be changed: it is only read.
    same = parts["list"] if shape == "{new} = {list}" else old
    if "{new}" in shape and known.names[kind].get(same, cell) == cell:
        known.names[kind][new] = cell
    return text


@st.composite
def programs(draw: st.DrawFn) -> Program:
    program, known = Program([START]), Known()
    for cell in range(1, draw(st.integers(2, 6))):
        count = draw(st.integers(1, 4))
        program.cells.append(
            "\n".join(draw(statements(known, cell, program)) for _ in range(count))
        )
    return program


def from_top_to_bottom(program: Program) -> dict[str, Any]:
    """Return what a notebook of these cells ends with."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in program.cells:
        exec(compile(cell, "<cell>", "exec"), namespace)
    return {name: value for name, value in namespace.items() if not name.startswith("_")}


def marked(program: Program, order: list[int], *, unmarked: int = 0) -> CellBook:
    """Return the cells as tasks, run as task cells in some order behind unmarked ones."""
    book = CellBook()
    variables: dict[str, Any] = {"__name__": "__main__"}
    for cell in program.cells[:unmarked]:
        exec(compile(cell, "<cell>", "exec"), variables)
    for number in [each for each in order if each >= unmarked]:
        text = f"%%maze_task cell{number}\n{program.cells[number]}"
        options = parse_options(f"cell{number}")
        mark_cell(book, options, text, Notebook(variables), f"id{number}")
    book.check(variables)
    return book


def computed(book: CellBook) -> dict[str, Any]:
    """Return all that the tasks make, each run on what went through a pickle."""
    done: dict[str, Mapping[str, Any]] = {}
    made: dict[str, Any] = {}
    for task in build(book, WorkflowGraph("test")).get_tasks():
        inputs = {
            name: done[value.task.task_id][value.name]
            if isinstance(value, OutputReference)
            else value
            for name, value in task.inputs.items()
        }
        function = cloudpickle.loads(cloudpickle.dumps(task.function.function))
        outputs = cloudpickle.loads(cloudpickle.dumps(inputs))
        done[task.task_id] = cloudpickle.loads(
            cloudpickle.dumps(function(MappingProxyType(outputs)))
        )
        made |= done[task.task_id]
    return made


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as what can be compared: functions by what they give."""
    return {
        name: [value(argument) for argument in (0, 3)] if callable(value) else value
        for name, value in values.items()
        if not isinstance(value, ModuleType) and name not in IMPORTED
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_as_tasks_cells_make_what_they_make_from_top_to_bottom(data):
    program = data.draw(programs())
    order = data.draw(st.permutations(range(len(program.cells))))
    refusal = ""
    try:
        book = marked(program, order)
    except CellError as error:
        refusal = str(error)
    if refusal:
        assert program.is_refused, refusal
        assert re.search(REFUSALS, refusal), refusal
        return
    # What several cells make, each for itself, has one value less than makers from top to bottom.
    shared = book.shared().keys()
    assert bool(shared) is program.is_refused
    made, expected = shown(computed(book)), shown(from_top_to_bottom(program))
    assert {name: made[name] for name in made.keys() - shared} == {
        name: expected[name] for name in expected.keys() - shared
    }


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(programs())
def test_what_unmarked_cells_made_is_taken_along(program):
    if program.is_refused:
        return
    expected = shown(from_top_to_bottom(program))
    order = list(range(len(program.cells)))
    made = shown(computed(marked(program, order, unmarked=1)))
    assert made == {name: value for name, value in expected.items() if name in made}
    assert expected.keys() - made.keys() == {"n0", "n1", "l0", "d0", "f0"}


@settings(max_examples=5, deadline=None, suppress_health_check=[*HealthCheck])
@given(programs().filter(lambda program: not program.is_refused))
def test_on_a_cluster_too(embedded: MaClient, program: Program) -> None:
    book = marked(program, list(range(len(program.cells))))
    workflow = build(book, embedded.create_workflow("generated"))
    run = embedded.get_run(workflow.run())
    assert run.wait(60) == "succeeded"
    made: dict[str, Any] = {}
    for outputs in run.task_results.values():
        made |= dict(outputs)
    assert shown(made) == shown(from_top_to_bottom(program))


def test_functions_are_compared_too():
    assert shown({"f": FunctionType((lambda v: v + 1).__code__, {})}) == {"f": [1, 4]}
