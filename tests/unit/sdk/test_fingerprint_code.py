"""What of a task's code changes its key: a table of changes, made in modules and in notebooks.

Each row is taken apart in two processes with different hash seeds, once as a module and once as
the cell of a notebook.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

# Reads {case: {file: text}} and prints {case: parts}; "job" defines the function f.
PROGRAM = """
import importlib, json, linecache, pathlib, shutil, sys
from maze_nb.sdk.fingerprint import cache_parts
from maze_nb.sdk.workflow_graph import WorkflowGraph

folder = pathlib.Path(sys.argv[1])
how = sys.argv[2]
sys.path.insert(0, str(folder))
sys.dont_write_bytecode = True
told = {}
for case, files in json.load(sys.stdin).items():
    shutil.rmtree(folder)
    folder.mkdir()
    for name, text in files.items():
        if name != "job" or how == "module":
            path = folder / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    before = set(sys.modules)
    importlib.invalidate_caches()
    if how == "module":
        names = vars(importlib.import_module("job"))
    else:
        names = {"__name__": "__main__"}
        text = files["job"]
        linecache.cache[case] = (len(text), None, text.splitlines(True), case)
        exec(compile(text, case, "exec", dont_inherit=True), names)
    flow = WorkflowGraph()
    parts = cache_parts(flow.add_task(names["f"], names.get("given", {})))
    told[case] = [parts.code, parts.inputs]
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {"job", "helpers", "more", "pkg"}:
            del sys.modules[name]
    linecache.checkcache()
json.dump(told, sys.stdout)
"""


NONE: Mapping[str, str] = MappingProxyType({})


class Change(NamedTuple):
    why: str
    matters: bool
    before: str
    after: str
    files: Mapping[str, str] = NONE
    changed: Mapping[str, str] = NONE


F = "def f(x=1):\n    return x + 1\n"
NORM = "def norm(x):\n    return x / 2\n"
NORM_3 = "def norm(x):\n    return x / 3\n"
CALLS_NORM = "def f(x=1):\n    return norm(x)\n"
MODEL = "class Model:\n    def fit(self, x):\n        return x * 2\n"
MODEL_3 = MODEL.replace("2", "3")
USES_MODEL = "def f(x=1):\n    return Model().fit(x)\n"
DECORATOR = """
import functools
def twice(call):
    @functools.wraps(call)
    def wrapper(*args, **words):
        return call(*args, **words) * 2
    return wrapper
@twice
def f(x=1):
    return x
"""
FACTORY = "def make(n):\n    def inner(x=1):\n        return x * n\n    return inner\n"
HELPERS = {"helpers": f"LIMIT = 3\n{NORM}def other(x):\n    return x\n"}
HELPERS_3 = {"helpers": HELPERS["helpers"].replace("x / 2", "x / 3")}
HELPERS_OTHER = {"helpers": HELPERS["helpers"].replace("return x\n", "return -x\n")}
HELPERS_LIMIT = {"helpers": HELPERS["helpers"].replace("LIMIT = 3", "LIMIT = 4")}
IMPORTED = "from helpers import norm\n" + CALLS_NORM
ATTRIBUTE = "import helpers\ndef f(x=1):\n    return helpers.norm(x)\n"
INSIDE = "def f(x=1):\n    import helpers\n    return helpers.norm(x)\n"
INSIDE_FROM = "def f(x=1):\n    from helpers import norm\n    return norm(x)\n"
AS_VALUE = "import helpers\ndef f(x=1):\n    return getattr(helpers, 'norm')(x)\n"
PKG = {"pkg/__init__": "", "pkg/deep": "from . import base\n" + NORM, "pkg/base": "RATE = 2\n"}
PKG_BASE = {**PKG, "pkg/base": "RATE = 3\n"}
IN_PKG = "def f(x=1):\n    import pkg.deep\n    return pkg.deep.norm(x)\n"
CHAIN = "import pkg.deep\ndef f(x=1):\n    return pkg.deep.norm(x)\n"
DATA = "from dataclasses import dataclass, field\n@dataclass\nclass P:\n    n: int = 1\n"
TUPLE = "from typing import NamedTuple\nclass P(NamedTuple):\n    a: int = 1\n"
TUPLE += "def f(x=1):\n    return P()\n"
ENUM = "import enum\nclass C(enum.Enum):\n    RED = 1\ndef f(x=1):\n    return C.RED.value\n"
TASK = "from maze_nb import task\n@task\ndef norm(x):\n    return x / 2\n"
LIMIT = "LIMIT = 3\ndef f(x=1):\n    return x < LIMIT\n"
TABLE = "TABLE = {'a': [1, 2]}\ndef f(x=1):\n    return TABLE['a']\n"
SET = "WORDS = {'a', 'b', 'c', 'd'}\ndef f(x='a'):\n    return x in WORDS\n"
LOCK = "import threading\nlock = threading.Lock()\ndef f(x=1):\n    with lock:\n        return x\n"
PARTIAL = "import functools\n" + NORM + "f = functools.partial(norm, 1)\n"
CALLABLE = "class Call:\n    def __init__(self, n):\n        self.n = n\n"
CALLABLE += "    def __call__(self, x=1):\n        return x * self.n\nf = Call(2)\n"
LOOP = "def f(n=3):\n    return n and g(n - 1)\ndef g(n):\n    return n and f(n - 1)\n"
LAMBDAS = "steps = [lambda x: x + 1, lambda x: x * 2]\ndef f(x=1):\n    return steps[0](x)\n"
CACHED = "import functools\n@functools.lru_cache\n" + NORM + CALLS_NORM
EXEC = "exec('def norm(x):\\n    return x / 2')\n" + CALLS_NORM
SINGLE = "import functools\n@functools.singledispatch\n" + NORM
SINGLE += "@norm.register\ndef _(x: int):\n    return x / 4\n" + CALLS_NORM
DEEP = "def a(x):\n    return b(x)\ndef b(x):\n    return c(x)\ndef c(x):\n    return x\n"
DEEP += "def f(x=1):\n    return a(x)\n"
METHOD = MODEL + "f = Model().fit\ngiven = {'x': 1}\n"
REGISTRY = NORM + "KNOWN = {'norm': norm}\ndef f(x=1):\n    return KNOWN['norm'](x)\n"
PROPERTY = "class Model:\n    @property\n    def fit(self):\n        return 2\n"
PROPERTY += "def f(x=1):\n    return Model().fit\n"
STATIC = "class Model:\n    @staticmethod\n    def fit(x):\n        return helper(x)\n"
STATIC += "def helper(x):\n    return 2\n" + USES_MODEL
BASE = "class Base:\n    def fit(self, x):\n        return x * 2\nclass Model(Base):\n    pass\n"
SWAP = "def u(x):\n    return 1\ndef v(x):\n    return 2\nnorm, other = u, v\n" + CALLS_NORM
SWAP += "def g(x):\n    return other(x)\nf.also = g\n"
WRAPPED_CLASS = (
    """
import functools
class Again:
    def __init__(self, call):
        functools.update_wrapper(self, call)
        self.call = call
    def __call__(self, *args):
        return self.call(*args)
@Again
def norm(x):
    return x / 2
"""
    + CALLS_NORM
)

CHANGES = [
    Change("nothing changed", False, F, F),
    Change("a comment", False, F, F.replace("+ 1", "+ 1  # one more")),
    Change("lines above", False, F, "\n\n# more\nUNREAD = 1\n" + F),
    Change("blanks and brackets", False, F, "def f( x = 1 ):\n\n  return (x+1)\n"),
    Change("quotes", False, "def f(x=1):\n    return 'a'\n", 'def f(x=1):\n    return "a"\n'),
    Change("a docstring", False, F, F.replace("    ret", '    """Add."""\n    ret')),
    Change("the body", True, F, F.replace("+ 1", "+ 2")),
    Change("a default", True, F, F.replace("x=1", "x=2")),
    Change(
        "a default that is computed",
        True,
        "N = 1\n" + F.replace("x=1", "x=N"),
        "N = 2\n" + F.replace("x=1", "x=N"),
    ),
    Change("a keyword-only default", True, F.replace("x=1", "*, x=1"), F.replace("x=1", "*, x=2")),
    Change("the name of a parameter", True, F, F.replace("x", "y")),
    Change("a type", True, F, F.replace("x=1", "x: int = 1")),
    Change("a function nobody calls", False, NORM + F, NORM_3 + F),
    Change("a helper", True, NORM + CALLS_NORM, NORM_3 + CALLS_NORM),
    Change("a helper's comment", False, NORM + CALLS_NORM, "# half\n" + NORM + CALLS_NORM),
    Change("a helper three calls away", True, DEEP, DEEP.replace("return x\n", "return -x\n")),
    Change(
        "a helper in a lambda",
        True,
        NORM + "f = lambda x=1: norm(x)\n",
        NORM_3 + "f = lambda x=1: norm(x)\n",
    ),
    Change(
        "a helper in a comprehension",
        True,
        NORM + "def f(x=1):\n    return [norm(i) for i in [x]]\n",
        NORM_3 + "def f(x=1):\n    return [norm(i) for i in [x]]\n",
    ),
    Change(
        "a helper in an inner function",
        True,
        NORM + "def f(x=1):\n    def g():\n        return norm(x)\n    return g()\n",
        NORM_3 + "def f(x=1):\n    def g():\n        return norm(x)\n    return g()\n",
    ),
    Change(
        "a helper as default",
        True,
        NORM + "def f(x=1, how=norm):\n    return how(x)\n",
        NORM_3 + "def f(x=1, how=norm):\n    return how(x)\n",
    ),
    Change("a helper in global data", True, REGISTRY, REGISTRY.replace("x / 2", "x / 3")),
    Change(
        "a name hidden by a parameter",
        False,
        NORM + "def f(norm=1):\n    return norm\n",
        NORM_3 + "def f(norm=1):\n    return norm\n",
    ),
    Change(
        "a name hidden by a variable",
        False,
        NORM + "def f(x=1):\n    norm = 1\n    return norm\n",
        NORM_3 + "def f(x=1):\n    norm = 1\n    return norm\n",
    ),
    Change("which helper a name means", True, SWAP, SWAP.replace("= u, v", "= v, u")),
    Change(
        "which library function a name means",
        True,
        "from math import floor as g\ndef f(x=1):\n    return g(x)\n",
        "from math import ceil as g\ndef f(x=1):\n    return g(x)\n",
    ),
    Change(
        "which library a name means",
        True,
        "import json as j\ndef f(x=1):\n    return j.dumps(x)\n",
        "import pickle as j\ndef f(x=1):\n    return j.dumps(x)\n",
    ),
    Change("functions that call each other", True, LOOP, LOOP.replace("n and f", "n or f")),
    Change("the same, unchanged", False, LOOP, "# again\n" + LOOP),
    Change("a global", True, LIMIT, LIMIT.replace("3", "4")),
    Change("a global's type", True, LIMIT, LIMIT.replace("3", "3.0")),
    Change(
        "-1 and -2, which hash alike",
        True,
        LIMIT.replace("3", "{-1: 0, None: 0}"),
        LIMIT.replace("3", "{-2: 0, None: 0}"),
    ),
    Change("a global nobody reads", False, "N = 1\n" + F, "N = 2\n" + F),
    Change("inside of a global", True, TABLE, TABLE.replace("2", "3")),
    Change("a set written in another order", False, SET, SET.replace("'a', 'b'", "'b', 'a'")),
    Change("an element of a set", True, SET, SET.replace("'d'", "'e'")),
    Change("a lock", False, LOCK, "# a lock\n" + LOCK),
    Change("what a closure holds", True, FACTORY + "f = make(2)\n", FACTORY + "f = make(3)\n"),
    Change(
        "the function in a closure",
        True,
        FACTORY + "f = make(2)\n",
        FACTORY.replace("x * n", "x + n") + "f = make(2)\n",
    ),
    Change(
        "two closures swapped",
        True,
        FACTORY + "pair = make(2), make(3)\ndef f(x=1):\n    return pair[0](x)\n",
        FACTORY + "pair = make(3), make(2)\ndef f(x=1):\n    return pair[0](x)\n",
    ),
    Change("a decorator's wrapper", True, DECORATOR, DECORATOR.replace("* 2", "* 3")),
    Change("a decorated function", True, DECORATOR, DECORATOR.replace("return x\n", "return -x\n")),
    Change(
        "the options of @task",
        False,
        TASK + "f = norm\ngiven = {'x': 1}\n",
        TASK.replace("@task", "@task(retries=3, resources={'cpu': 2})")
        + "f = norm\ngiven = {'x': 1}\n",
    ),
    Change(
        "the outputs of @task",
        True,
        TASK + "f = norm\ngiven = {'x': 1}\n",
        TASK.replace("@task", "@task(outputs=['y'])") + "f = norm\ngiven = {'x': 1}\n",
    ),
    Change(
        "the version of @task",
        True,
        TASK + "f = norm\ngiven = {'x': 1}\n",
        TASK.replace("@task", "@task(version='2')") + "f = norm\ngiven = {'x': 1}\n",
    ),
    Change("a task called by hand", True, TASK + CALLS_NORM, TASK.replace("2", "3") + CALLS_NORM),
    Change(
        "the options of a task called by hand",
        False,
        TASK + CALLS_NORM,
        TASK.replace("@task", "@task(priority=3)") + CALLS_NORM,
    ),
    Change("a memoised helper", True, CACHED, CACHED.replace("x / 2", "x / 3")),
    Change("an object around a helper", True, WRAPPED_CLASS, WRAPPED_CLASS.replace("/ 2", "/ 3")),
    Change(
        "the class of such an object",
        True,
        WRAPPED_CLASS,
        WRAPPED_CLASS.replace("self.call(*args)", "self.call(*args) + 1"),
    ),
    Change("a variant of a generic function", True, SINGLE, SINGLE.replace("x / 4", "x / 5")),
    Change("the function in a partial", True, PARTIAL, PARTIAL.replace("x / 2", "x / 3")),
    Change("the arguments in a partial", True, PARTIAL, PARTIAL.replace("norm, 1", "norm, 2")),
    Change("the state of a callable", True, CALLABLE, CALLABLE.replace("Call(2)", "Call(3)")),
    Change("the code of a callable", True, CALLABLE, CALLABLE.replace("x * self", "x + self")),
    Change("a bound method", True, METHOD, METHOD.replace("x * 2", "x * 3")),
    Change("a method", True, MODEL + USES_MODEL, MODEL_3 + USES_MODEL),
    Change(
        "a method's docstring",
        False,
        MODEL + USES_MODEL,
        MODEL.replace("        ret", "        'Fit.'\n        ret") + USES_MODEL,
    ),
    Change(
        "a method that is not called",
        True,
        MODEL + USES_MODEL,
        MODEL + "    def more(self):\n        return 1\n" + USES_MODEL,
    ),
    Change("what a method calls", True, STATIC, STATIC.replace("return 2", "return 3")),
    Change("a property", True, PROPERTY, PROPERTY.replace("return 2", "return 3")),
    Change("a base class", True, BASE + USES_MODEL, BASE.replace("2", "3") + USES_MODEL),
    Change(
        "a class attribute",
        True,
        "class C:\n    rate = 1\ndef f(x=1):\n    return C.rate\n",
        "class C:\n    rate = 2\ndef f(x=1):\n    return C.rate\n",
    ),
    Change(
        "a class attribute set later",
        True,
        MODEL + "Model.rate = 1\n" + USES_MODEL,
        MODEL + "Model.rate = 2\n" + USES_MODEL,
    ),
    Change(
        "a method put in later",
        True,
        MODEL + NORM + "Model.more = norm\n" + USES_MODEL,
        MODEL + NORM_3 + "Model.more = norm\n" + USES_MODEL,
    ),
    Change(
        "a field of a dataclass",
        True,
        DATA + "def f(x=1):\n    return P()\n",
        DATA.replace("= 1", "= 2") + "def f(x=1):\n    return P()\n",
    ),
    Change(
        "a dataclass, unchanged",
        False,
        DATA + "def f(x=1):\n    return P()\n",
        "# again\n" + DATA + "def f(x=1):\n    return P()\n",
    ),
    Change(
        "what makes a field",
        True,
        "def g():\n    return 1\n"
        + DATA.replace("= 1", "= field(default_factory=g)")
        + "def f(x=1):\n    return P()\n",
        "def g():\n    return 2\n"
        + DATA.replace("= 1", "= field(default_factory=g)")
        + "def f(x=1):\n    return P()\n",
    ),
    Change("a member of an enumeration", True, ENUM, ENUM.replace("RED = 1", "RED = 2")),
    Change("an enumeration, unchanged", False, ENUM, "# again\n" + ENUM),
    Change(
        "the fields of a named tuple",
        True,
        TUPLE,
        TUPLE.replace("int = 1", "int = 2"),
    ),
    Change("one lambda of two", True, LAMBDAS, LAMBDAS.replace("x * 2", "x * 3")),
    Change(
        "two lambdas swapped",
        True,
        LAMBDAS,
        LAMBDAS.replace("x + 1, lambda x: x * 2", "x * 2, lambda x: x + 1"),
    ),
    Change("a helper without source", True, EXEC, EXEC.replace("x / 2", "x / 3")),
    Change(
        "a helper without source, unchanged",
        False,
        EXEC,
        EXEC.replace("return x / 2", "return  x  /  2"),
    ),
    Change("an imported helper", True, IMPORTED, IMPORTED, HELPERS, HELPERS_3),
    Change("beside an imported helper", False, IMPORTED, IMPORTED, HELPERS, HELPERS_OTHER),
    Change(
        "an imported helper's comment",
        False,
        IMPORTED,
        IMPORTED,
        HELPERS,
        {"helpers": "# more\n" + HELPERS["helpers"]},
    ),
    Change("a helper by its module", True, ATTRIBUTE, ATTRIBUTE, HELPERS, HELPERS_3),
    Change("beside a helper by its module", False, ATTRIBUTE, ATTRIBUTE, HELPERS, HELPERS_OTHER),
    Change(
        "a constant by its module",
        True,
        "import helpers as h\ndef f(x=1):\n    return h.LIMIT\n",
        "import helpers as h\ndef f(x=1):\n    return h.LIMIT\n",
        HELPERS,
        HELPERS_LIMIT,
    ),
    Change("a module imported inside", True, INSIDE, INSIDE, HELPERS, HELPERS_3),
    Change(
        "a comment in it",
        False,
        INSIDE,
        INSIDE,
        HELPERS,
        {"helpers": HELPERS["helpers"] + "# end\n"},
    ),
    Change("a name imported inside", True, INSIDE_FROM, INSIDE_FROM, HELPERS, HELPERS_3),
    Change("a module as a value", True, AS_VALUE, AS_VALUE, HELPERS, HELPERS_3),
    Change(
        "what an imported module imports",
        True,
        INSIDE,
        INSIDE,
        {"helpers": "import more\n" + NORM, "more": "A = 1\n"},
        {"helpers": "import more\n" + NORM, "more": "A = 2\n"},
    ),
    Change("a module of a package", True, IN_PKG, IN_PKG, PKG, PKG_BASE),
    Change(
        "a package it is inside of", True, IN_PKG, IN_PKG, PKG, {**PKG, "pkg/__init__": "A = 1"}
    ),
    Change(
        "a function of a package",
        True,
        CHAIN,
        CHAIN,
        PKG,
        {**PKG, "pkg/deep": PKG["pkg/deep"].replace("/ 2", "/ 3")},
    ),
    Change("beside a function of a package", False, CHAIN, CHAIN, PKG, PKG_BASE),
    Change(
        "a module that is not installed",
        False,
        "def f(x=1):\n    import nowhere\n",
        "def f(x=1):\n    import nowhere  # yet\n",
    ),
    Change("a name that is not there yet", True, CALLS_NORM, NORM + CALLS_NORM),
]


def take_apart(folder, how, seed, which):
    files = {
        row.why: {**row.files, "job": row.before}
        if which == "before"
        else {**row.files, **row.changed, "job": row.after}
        for row in CHANGES
    }
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(folder), how],
        input=json.dumps(files),
        env={**os.environ, "PYTHONHASHSEED": seed},
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module", params=["module", "notebook"])
def told(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("code")
    before = take_apart(folder / "files", request.param, "1", "before")
    again = take_apart(folder / "files", request.param, "2", "before")
    return before, again, take_apart(folder / "files", request.param, "3", "after")


def test_the_table_is_well_formed():
    assert len({row.why for row in CHANGES}) == len(CHANGES) >= 60


@pytest.mark.parametrize("row", CHANGES, ids=lambda row: row.why)
def test_a_change(told, row):
    before, again, after = (each[row.why] for each in told)
    assert again == before, "another process tells something else"
    assert (after != before) is row.matters, (before, after)
