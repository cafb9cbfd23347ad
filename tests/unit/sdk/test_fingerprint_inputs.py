"""Inputs of tasks: what tells two apart, the same in every process, and what other tasks make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from maze_nb import task
from maze_nb.errors import SerializationError
from maze_nb.sdk.fingerprint import Fingerprints, cache_parts
from maze_nb.sdk.workflow_graph import WorkflowGraph

# Each expression is made and taken apart in its own right, in processes with other hash seeds.
PROGRAM = """
import collections, dataclasses, datetime, decimal, enum, fractions, functools, json, pathlib
import re, sys, types, uuid
import numpy as np, pandas as pd
from maze_nb.sdk.fingerprint import Fingerprints
from maze_nb.sdk.workflow_graph import WorkflowGraph

@dataclasses.dataclass(frozen=True)
class Point:
    x: int
    y: int = 0
    def far(self): return self.x > 9

class Node:
    def __init__(self): self.friends = set(); self.name = "a"

class Colour(enum.Enum):
    RED = 1
    BLUE = 2

def circle(name="a"):
    first, second = Node(), Node()
    second.name = name
    first.friends.add(second); second.friends.add(first)
    return {first, second}

def loop():
    items = [1]; items.append(items); return items

def norm(x): return x / 2
def scale(x): return x * 2
def build(text): return eval(text)
def f(value): return value

big = np.arange(24.0).reshape(4, 6)
told = []
for text in json.load(sys.stdin):
    flow = WorkflowGraph()
    told.append(Fingerprints().parts(flow.add_task(f, {"value": build(text)})).inputs["value"])
json.dump(told, sys.stdout)
"""

SAME = [
    ("1", "2 - 1"),
    ("'ab'", "''.join(['a', 'b'])"),
    ("{'a', 'b', 'c', 'd'}", "{'d', 'c', 'b', 'a'}"),
    ("frozenset('abcdef')", "frozenset('fedcba')"),
    ("{1, 'a', None, 2.5}", "{2.5, None, 'a', 1}"),
    ("{frozenset('ab'), frozenset('cd')}", "{frozenset('dc'), frozenset('ba')}"),
    ("{('a', 1), ('b', 2)}", "{('b', 2), ('a', 1)}"),
    ("{Point(1), Point(2), Point(3)}", "{Point(3), Point(2), Point(1)}"),
    ("[('x', 1)] * 2", "[('x', 1), ('x', 2 - 1)]"),
    ("list(range(1000))", "[*range(1000)]"),
    ("big[::2]", "big[::2].copy()"),
    ("big.T", "np.ascontiguousarray(big.T)"),
    ("np.asfortranarray(big)", "big"),
    ("pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})",
     "pd.DataFrame([[1, 'x'], [2, 'y']], columns=['a', 'b'])"),
    ("pd.Series(range(9))[::2]", "pd.Series(range(9))[::2].copy()"),
    ("Point(1, 2)", "dataclasses.replace(Point(1), y=2)"),
    ("circle()", "circle()"),
    ("lambda x: x + 1", "lambda x: (x + 1)"),
    ("np.dtype('f4')", "np.dtype(np.float32)"),
]  # fmt: skip

DIFFERENT = [
    "1", "1.0", "True", "-1", "-2", "None", "'1'", "b'1'", "'1.0'", "''", "b''", "[]", "()", "{}",
    "set()", "frozenset()", "[1]", "(1,)", "{1}", "[[1]]", "[1, 2]", "[2, 1]", "[12]",
    "['1', '2']", "['12']", "{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "{'a': 2, 'b': 1}",
    "{1: 'a', 2: 'b'}", "{-1: 0, None: 0}", "{-2: 0, None: 0}", "{-1, 'a'}", "{-2, 'a'}", "2**70",
    "-2**70", "float('nan')", "float('inf')", "0.0", "-0.0", "1j", "Ellipsis", "NotImplemented",
    "list(range(100))", "tuple(range(100))", "[*range(99), 99.0]", "[*range(99), '99']",
    "dict.fromkeys(range(100))", "dict.fromkeys(range(100), 0)",
    "dict.fromkeys(map(str, range(100)))", "big", "big + 0.5", "big.reshape(6, 4)", "big.T",
    "big.astype('f4')", "big.astype('>f8')", "big.view('i8')", "np.float64(1)", "np.int64(1)",
    "np.array(1.0)", "np.array([1.0])", "[np.dtype('f4'), 1]", "[1, np.dtype('f4')]",
    "[big[0], big[1]]", "[big[1], big[0]]", "np.array(['a', None], dtype=object)",
    "np.array(['b', None], dtype=object)", "np.zeros(0)", "np.zeros((0, 3))", "np.zeros(0, 'i4')",
    "np.array('2020', 'M8[D]')", "np.array('2021', 'M8[D]')", "np.zeros(2, [('a', 'i4')])",
    "np.zeros(2, [('b', 'i4')])", "np.zeros(3, 'S0')", "np.ma.array([1, 2], mask=[0, 1])",
    "np.ma.array([1, 2], mask=[1, 0])", "np.array(['a'], dtype=np.dtypes.StringDType())",
    "np.array(['b'], dtype=np.dtypes.StringDType())", "np.random.default_rng(1)",
    "np.random.default_rng(2)", "pd.DataFrame({'a': [1], 'b': [2]})",
    "pd.DataFrame({'b': [2], 'a': [1]})", "pd.DataFrame({'a': [1], 'b': [3]})",
    "pd.DataFrame({'a': [1.0], 'b': [2]})", "pd.DataFrame({'a': [1], 'b': [2]}, index=['x'])",
    "pd.Series(['a', 'b'])", "pd.Series(['a', 'c'])", "pd.Series(['a', 'b'], dtype='category')",
    "pd.Series(['a', 'b'], dtype='category').cat.reorder_categories(['b', 'a'])",
    "pd.date_range('2020', periods=3)", "pd.date_range('2020', periods=3, tz='UTC')", "pd.NaT",
    "pd.NA", "Point(1)", "Point(1, 1)", "types.SimpleNamespace(x=1, y=0)", "Point", "Node",
    "Colour.RED", "Colour.BLUE", "circle('b')", "norm", "scale", "[norm, scale]", "[scale, norm]",
    "lambda x: x + 2", "functools.partial(norm, 1)", "functools.partial(norm, 2)",
    "functools.partial(scale, 1)", "Point(1).far", "Point(2).far", "len", "max", "[].append",
    "json", "re", "re.compile('a')", "re.compile('a', re.I)", "int", "float",
    "pathlib.PurePosixPath('a')", "decimal.Decimal('1.0')", "decimal.Decimal('1.00')",
    "fractions.Fraction(1, 2)", "uuid.UUID(int=1)", "datetime.date(2020, 1, 1)",
    "datetime.datetime(2020, 1, 1)", "datetime.timedelta(1)", "range(3)", "slice(1, 2)",
    "collections.OrderedDict(a=1)", "collections.Counter('aab')", "collections.deque([1])",
    "bytearray(b'1')", "(x := [1], x)", "([1], [1])", "{'a': {'b': {1, 2}}}",
    "{'a': {'b': {1, 3}}}", "'\\ud800'", "['\\ud800'] * 40",
]  # fmt: skip


@pytest.fixture(scope="module")
def told():
    texts = [*DIFFERENT, *(text for pair in SAME for text in pair)]
    answers = []
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", PROGRAM],
            input=json.dumps(texts),
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answers.append(dict(zip(texts, json.loads(done.stdout), strict=True)))
    return answers


def test_all_that_differs_has_another_digest(told):
    seen = {}
    for text in DIFFERENT:
        assert told[0][text] not in seen, (text, seen[told[0][text]])
        seen[told[0][text]] = text


@pytest.mark.parametrize("pair", SAME, ids=str)
def test_what_is_equal_has_the_same_digest(told, pair):
    assert told[0][pair[0]] == told[0][pair[1]]


def test_another_process_tells_the_same(told):
    first, second = told
    assert {text for text in first if first[text] != second[text]} == set()


# What other tasks make.


@task(outputs=["a", "b"])
def make(n=1):
    return n, n


def use(x, y=0):
    return x


def test_outputs_of_other_tasks_stand_beside_the_structure_around_them():
    flow = WorkflowGraph()
    first, second = flow.add_task(make, task_id="1"), flow.add_task(make, task_id="2")
    a, b = first.outputs["a"], second.outputs["b"]
    cases = [a, b, [a], [a, b], [b, a], [a, a], {"k": a}, {"l": a}, (a,), [a, 1], [a, 2], [1, a]]
    parts = [cache_parts(flow.add_task(use, {"x": case})) for case in cases]
    assert parts[0].upstream == {"x": (("1", "a"),)}
    assert parts[3].upstream == {"x": (("1", "a"), ("2", "b"))}
    assert parts[4].upstream == {"x": (("2", "b"), ("1", "a"))}
    told = [(part.inputs["x"], part.upstream["x"]) for part in parts]
    assert len(set(told)) == len(cases)
    assert parts[0].inputs == parts[1].inputs, "whose output it is stands in upstream only"
    assert parts[3].inputs == parts[4].inputs


def test_an_input_that_no_other_task_makes_is_not_upstream():
    parts = cache_parts(WorkflowGraph().add_task(use, {"x": [1, {"k": 2}]}))
    assert parts.upstream == {}
    assert set(parts.inputs) == {"x"}


def test_whose_results_are_comparable():
    flow = WorkflowGraph()
    assert cache_parts(flow.add_task(use, {"x": 1})).task == f"{__name__}.use"
    assert cache_parts(flow.add_task(use, {"x": 1}, name="n")).task == f"{__name__}.use as n"


# What cannot be taken apart.


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [threading.Lock(), nested(300)], ids=["lock", "deep"])
def test_what_has_no_content_is_refused_by_name(value):
    flow = WorkflowGraph()
    wanted = flow.add_task(use, {"x": value}, name="consumer")
    with pytest.raises(SerializationError, match=r"input 'x' of task 'consumer'.*cache=False"):
        cache_parts(wanted)
    after = flow.add_task(use, {"x": wanted.outputs["result"]})
    assert cache_parts(after).upstream, "only the task that is looked up has to be readable"


# What is shared is taken apart once.


def test_ten_thousand_tasks_of_one_function(monkeypatch):
    shared, flow = np.zeros(10_000_000), WorkflowGraph()
    tasks = [flow.add_task(use, {"x": shared, "y": number}) for number in range(10_000)]
    prints = Fingerprints()
    started = time.perf_counter()
    parts = [prints.parts(each) for each in tasks]
    took = time.perf_counter() - started
    print(f"10,000 tasks: {took:.2f} s")
    assert len({part.inputs["y"] for part in parts}) == 10_000
    assert len({part.inputs["x"] for part in parts}) == 1
    assert took < 20, "once each would take minutes"


def test_values_that_are_gone_are_not_mistaken_for_new_ones():
    prints, told = Fingerprints(), set()
    for number in range(200):
        value = [number]
        told.add(prints.parts(WorkflowGraph().add_task(use, {"x": value})).inputs["x"])
        del value
    assert len(told) == 200
