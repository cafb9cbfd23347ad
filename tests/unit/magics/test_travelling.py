"""What of the notebook travels to workers with a task cell, and what cannot."""

from __future__ import annotations

import os
import time

import pytest

from maze_nb.artifacts.file_input import FileInput
from maze_nb.config import home
from maze_nb.runners.references import Secret
from maze_nb.wire.kept_value import KeptValue

CODE = {
    "a function": ("def f(n): return n + 1", "f(1)", 2),
    "a function with a default": ("k = 5\ndef f(n, m=k): return n + m", "f(1)", 6),
    "a function that reads a variable": ("k = 5\ndef f(n): return n + k", "f(1)", 6),
    "a lambda": ("f = lambda n: n * 2", "f(3)", 6),
    "a lambda in a list": ("fs = [lambda n, k=k: n * k for k in range(3)]", "fs[2](3)", 6),
    "a closure": ("def make(k):\n    return lambda n: n + k\nf = make(4)", "f(1)", 5),
    "a recursive function": ("def f(n): return 1 if n < 2 else n * f(n - 1)", "f(4)", 24),
    "mutually recursive functions": (
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n > 0 and even(n - 1)",
        "even(10)",
        True,
    ),
    "a generator function": ("def g(n): yield from range(n)", "list(g(3))", [0, 1, 2]),
    "a coroutine function": ("async def f(n): return n + 1", "await f(1)", 2),
    "a partial": ("import functools\nadd = functools.partial(pow, 2)", "add(3)", 8),
    "a decorated function": (
        (
            "import functools\ndef twice(f):\n    @functools.wraps(f)\n"
            "    def g(n): return f(f(n))\n    return g\n@twice\ndef inc(n): return n + 1"
        ),
        "inc(1), inc.__name__",
        (3, "inc"),
    ),
    "a cached function": ("import functools\n@functools.cache\ndef f(n): return n", "f(2)", 2),
    "a class": ("class C:\n    k = 3\n    def get(self): return self.k", "C().get()", 3),
    "a class with super()": (
        (
            "class A:\n    def __init__(self, n): self.n = n\n"
            "class B(A):\n    def __init__(self, n):\n        super().__init__(n + 1)"
        ),
        "B(1).n",
        2,
    ),
    "a class that names itself": (
        "class Node:\n    def grow(self): return Node()",
        "type(Node().grow()) is Node",
        True,
    ),
    "static, class methods and properties": (
        (
            "class C:\n    @staticmethod\n    def s(): return 1\n    @classmethod\n"
            "    def c(cls): return cls.__name__\n    @property\n    def p(self): return 3"
        ),
        "C.s(), C.c(), C().p",
        (1, "C", 3),
    ),
    "a class with slots": (
        "class C:\n    __slots__ = ('a',)\nc = C(); c.a = 1",
        "c.a",
        1,
    ),
    "a class with a metaclass": (
        "class M(type):\n    def __len__(cls): return 7\nclass C(metaclass=M): pass",
        "len(C)",
        7,
    ),
    "an abstract class": (
        (
            "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def f(self): ...\n"
            "class B(A):\n    def f(self): return 1"
        ),
        "B().f(), issubclass(B, A)",
        (1, True),
    ),
    "a dataclass": (
        (
            "from dataclasses import dataclass, replace\n@dataclass(frozen=True)\n"
            "class P:\n    x: int\n    y: int = 2\np = P(1)"
        ),
        "(p == P(1), replace(p, x=5).x, hash(p) == hash(P(1)))",
        (True, 5, True),
    ),
    "an enum": (
        "import enum\nclass Color(enum.Enum):\n    RED = 1\nred = Color.RED",
        "red is Color.RED, red.name",
        (True, "RED"),
    ),
    "a named tuple": (
        "from typing import NamedTuple\nclass P(NamedTuple):\n    x: int\np = P(3)",
        "p.x, type(p) is P",
        (3, True),
    ),
    "an exception type": (
        (
            "class Oops(ValueError):\n    def __init__(self, n):\n        super().__init__(n)\n"
            "        self.n = n\ndef f():\n    raise Oops(4)"
        ),
        "type(Oops(1)).__mro__[1].__name__, Oops(4).n",
        ("ValueError", 4),
    ),
    "a method of an object": ("class C:\n    def f(self): return 8\nf = C().f", "f()", 8),
    "code among data": ("table = {'inc': [lambda n: n + 1]}", "table['inc'][0](1)", 2),
    "functions that share a variable": (
        "counts = {}\ndef put(): counts['a'] = 1\ndef get(): return counts.get('a')",
        "(put(), get())[1]",
        1,
    ),
}


@pytest.mark.parametrize("why", CODE)
def test_code_of_the_notebook_travels(notebook, why):
    before, expression, expected = CODE[why]
    notebook.run(before)
    notebook.run(f"%%maze_task t\nx = {expression}")
    assert notebook.compute()["x"] == expected


OPEN = "import threading, io, os, sqlite3, socket, tempfile\n"
STAYS = {
    "a lock": ("v = threading.Lock()", "lock", ""),
    "an open file": ("v = open(os.devnull)", "open file", ""),
    "a binary file": ("v = open(os.devnull, 'rb')", "open file", ""),
    "a temporary file": ("v = tempfile.TemporaryFile()", "open file", ""),
    "a generator": ("v = (i for i in 'ab')", "generator", ""),
    "a socket": ("v = socket.socket()", "socket", ""),
    "a connection to a database": ("v = sqlite3.connect(':memory:')", "Connection", ""),
    "a thread": ("v = threading.Thread()", "thread", ""),
    "a lock in a dict": ("v = {'x': threading.Lock()}", "lock", "v['x'] is a lock"),
    "deep inside": ("v = {'a': [1, (2, threading.Lock())]}", "lock", "v['a'][1][1] is a lock"),
    "a file in a list": ("v = [1, open(os.devnull)]", "open file", "v[1] is a TextIOWrapper"),
    "a generator in a tuple": ("v = (1, (i for i in 'ab'))", "generator", "v[1] is a generator"),
    "in an attribute": (
        "class Box: pass\nv = Box()\nv.held = {'lock': threading.Lock()}",
        "lock",
        "v.held['lock'] is a lock",
    ),
    "in a closure": (
        "def make():\n    lock = threading.Lock()\n    return lambda: lock\nv = make()",
        "lock",
        "(its lock) is a lock",
    ),
    "in a large list": (
        "import numpy as np\nv = [np.ones(200_000), threading.Lock()]",
        "lock",
        "v[1] is a lock",
    ),
}


@pytest.mark.parametrize("why", STAYS)
def test_what_cannot_travel_is_named_with_its_place(notebook, why):
    before, reason, inside = STAYS[why]
    notebook.run(OPEN + before)
    said = notebook.fail("%%maze_task fit\nx = v")
    said = " ".join(said.split())
    assert "cell 'fit' reads 'v' on line 2" in said
    assert "cannot travel to a worker" in said
    assert reason in said
    assert inside in said
    # What refers to the value may be garbage of a later test only.
    value = notebook.shell.user_ns["v"]
    for held in value if isinstance(value, list) else [value]:
        getattr(held, "close", lambda: None)()


def kept_files() -> set[str]:
    folder = home() / "values"
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_five_cells_share_one_file_of_a_large_value(notebook):
    before = kept_files()
    notebook.run("import numpy as np\nbig = np.arange(1_000_000.0)\nnested = {'w': big, 'k': 1}")
    notebook.run("def total(): return float(big.sum())")
    for number in range(3):
        notebook.run(f"%%maze_task sum{number}\ns{number} = float(big.sum()) + {number}")
    notebook.run("%%maze_task by_function\nt = total()")
    cells = notebook.session.book.cells()
    assert len(kept_files() - before) == 1
    for cell in cells:
        kept = [part for part in cell.captured.inputs.values() if isinstance(part, KeptValue)]
        assert len(kept) == 1
    assert sum(len(getattr(part, "data", b"")) for cell in cells
               for part in cell.captured.inputs.values()) < 20_000  # fmt: skip
    made = notebook.compute()
    expected = sum(range(1_000_000))
    assert [made["s0"], made["s1"], made["s2"], made["t"]] == [
        expected,
        expected + 1,
        expected + 2,
        expected,
    ]


def test_a_value_that_changed_in_place_is_another(notebook):
    notebook.run("import numpy as np\nbig = np.zeros(500_000)")
    notebook.run("%%maze_task a\nx = float(big[0])")
    before = kept_files()
    notebook.run("%%maze_task b\ny = float(big[0])")
    assert kept_files() == before
    notebook.run("big[0] = 7")
    notebook.run("%%maze_task c\nz = float(big[0])")
    assert len(kept_files() - before) == 1
    made = notebook.compute()
    assert (made["y"], made["z"]) == (0.0, 7.0)


def test_large_data_inside_of_objects_travels_on_its_own(notebook):
    notebook.run(
        "import numpy as np\n"
        "class Model:\n    def __init__(self): self.weights = np.ones(500_000)\n"
        "    def total(self): return float(self.weights.sum())\nmodel = Model()"
    )
    notebook.run("%%maze_task t\nx = model.total()")
    (cell,) = notebook.session.book.cells()
    assert len(cell.captured.inputs["(notebook)"].data) < 20_000
    assert notebook.compute()["x"] == 500_000.0


def test_marking_a_cell_with_a_large_value_again_takes_no_file_more(notebook):
    notebook.run("import numpy as np\nbig = np.ones(3_000_000)")
    notebook.run("%%maze_task t\nx = float(big.sum())")
    before, started = kept_files(), time.perf_counter()
    for _ in range(3):
        notebook.run("%%maze_task t\nx = float(big.sum())")
    assert kept_files() == before
    assert time.perf_counter() - started < 10


def test_env_takes_the_value_of_the_kernel_along(notebook, monkeypatch):
    monkeypatch.setenv("GREETING", "hello")
    notebook.run("%%maze_task t --env GREETING --env THREADS=4\nx = 1")
    (cell,) = notebook.session.book.cells()
    assert dict(cell.options.options.env) == {"GREETING": "hello", "THREADS": "4"}
    os.environ["GREETING"] = "changed since"
    (cell,) = notebook.session.book.cells()
    assert dict(cell.options.options.env)["GREETING"] == "hello"


def test_a_variable_that_is_not_set_names_the_cell(notebook, monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    said = notebook.fail("%%maze_task fit --env NOT_SET\nx = 1")
    assert "cell 'fit'" in said
    assert "'NOT_SET'" in said
    assert "NOT_SET=VALUE" in said


def test_secrets_of_cells_are_names(notebook):
    notebook.run("%%maze_task t --secret DB_PASSWORD --secret TOKEN\nx = 1")
    (cell,) = notebook.session.book.cells()
    assert cell.options.options.secrets == ("DB_PASSWORD", "TOKEN")


def test_a_secret_in_a_variable_is_an_input(notebook):
    notebook.run("import maze_nb\npassword = maze_nb.Secret('DB_PASSWORD')")
    notebook.run("%%maze_task t\nx = len(password)")
    (cell,) = notebook.session.book.cells()
    assert cell.captured.inputs["password"] == Secret("DB_PASSWORD")
    graph = notebook.session.graph()
    assert graph["tasks"][0]["options"]["secrets"] == ("DB_PASSWORD",)


def test_a_file_in_a_variable_is_an_input(notebook, tmp_path):
    (tmp_path / "a.txt").write_text("aaa")
    notebook.run(
        f"import maze_nb\nfile = maze_nb.FileInput({str(tmp_path / 'a.txt')!r})\n"
        "files = {'some': [file], 'same': file}"
    )
    notebook.run("%%maze_task t\nx = file.read_text(), files['some'][0].name")
    (cell,) = notebook.session.book.cells()
    given = [each for each in cell.captured.inputs.values() if isinstance(each, FileInput)]
    assert given == [FileInput(tmp_path / "a.txt")]
