"""How far a task's code reaches: what counts as local, and source that was changed since."""

from __future__ import annotations

import importlib
import linecache
import sys
import time

import pytest

from maze_nb.sdk.fingerprint import Fingerprints, cache_parts
from maze_nb.sdk.fingerprint.locality import is_local
from maze_nb.sdk.workflow_graph import WorkflowGraph

JOB = """
import functools
import {helpers} as helpers
LIMIT = 3
class Base:
    def fit(self, x):
        return helpers.norm(x)
class Model(Base):
    pass
def wrap(call):
    @functools.wraps(call)
    def wrapper(x):
        return call(x)
    return wrapper
@wrap
def f(x):
    import {helpers}
    return Model().fit(x) < LIMIT
"""
HELPERS = "def norm(x):\n    return x / 2\n"


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Import modules from texts, and forget them in the end."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loaded = []

    def load(name, text, folder="code", *, is_new=True):
        path = tmp_path / folder
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{name}.py").write_text(text)
        monkeypatch.syspath_prepend(str(path))
        importlib.invalidate_caches()
        linecache.checkcache()
        loaded.append(name)
        if is_new:
            sys.modules.pop(name, None)
        return importlib.import_module(name)

    yield load
    for name in loaded:
        sys.modules.pop(name, None)


def parts_of(function, **inputs):
    return cache_parts(WorkflowGraph().add_task(function, inputs or {"x": 1}))


def test_pieces_are_named_for_people(load):
    load("fp_helpers", HELPERS)
    job = load("fp_job", JOB.format(helpers="fp_helpers"))
    assert list(parts_of(job.f).code) == [
        "function `f`",
        "helper `f`",
        "class `Model`",
        "global `LIMIT`",
        "module `fp_helpers`",
        "class `Base`",
        "helper `norm`",
        "outputs",
        "version",
    ]


@pytest.mark.parametrize(
    ("folder", "is_seen"),
    [("code", True), ("lib/site-packages", False), ("lib/dist-packages", False)],
)
def test_what_is_installed_does_not_count(load, folder, is_seen):
    told = []
    for text in (HELPERS, HELPERS.replace("2", "3")):
        load("fp_helpers", text, folder)
        told.append(parts_of(load("fp_job", JOB.format(helpers="fp_helpers")).f).code)
    assert (told[0] != told[1]) is is_seen
    assert ("helper `norm`" in told[0]) is is_seen


def test_an_environment_below_the_working_directory_is_installed(load, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    load("fp_helpers", HELPERS, ".venv/lib/python3.11/site-packages")
    load("fp_other", HELPERS)
    assert not is_local("fp_helpers")
    assert is_local("fp_other")


def test_a_project_inside_of_site_packages_that_is_worked_on(load, tmp_path, monkeypatch):
    load("fp_helpers", HELPERS, "site-packages/project")
    assert not is_local("fp_helpers")
    monkeypatch.chdir(tmp_path / "site-packages" / "project")
    assert is_local("fp_helpers")


@pytest.mark.parametrize(
    ("module", "expected"),
    [("__main__", True), ("json", False), ("sys", False), ("numpy", False), ("maze_nb.sdk", False)],
)
def test_what_is_local(module, expected):
    assert is_local(module) is expected


@pytest.mark.parametrize("how", ["function", "module"])
def test_a_file_that_was_changed_after_it_was_imported(load, how):
    """The code that runs counts; its results are not mistaken for those of the new code."""
    job = "import fp_helpers\ndef f(x):\n    return fp_helpers.norm(x)\n"
    if how == "module":
        job = "def f(x):\n    import fp_helpers\n    return fp_helpers.norm(x)\n"
    changed = HELPERS.replace("2", "3")
    load("fp_helpers", HELPERS)
    old = parts_of(load("fp_job", job).f).code
    load("fp_helpers", changed, is_new=False)
    stale = parts_of(load("fp_job", job).f).code
    load("fp_helpers", changed)
    new = parts_of(load("fp_job", job).f).code
    assert len({tuple(each.items()) for each in (old, stale, new)}) == 3


def test_many_functions_with_many_helpers_are_taken_apart_quickly(load):
    helpers = "".join(f"def h{n}(x):\n    return h{n - 1}(x) if x else {n}\n" for n in range(1, 60))
    jobs = "".join(f"def f{n}(x):\n    return h59(x) + {n}\n" for n in range(100))
    job = load("fp_job", f"def h0(x):\n    return x\n{helpers}{jobs}")
    flow, prints = WorkflowGraph(), Fingerprints()
    tasks = [flow.add_task(getattr(job, f"f{n}"), {"x": 1}) for n in range(100)]
    started = time.perf_counter()
    parts = [prints.parts(each) for each in tasks]
    took = time.perf_counter() - started
    print(f"100 functions with 60 helpers: {took:.2f} s")
    assert all(len(each.code) == 63 for each in parts)
    assert took < 20


CHAIN = """
class Model:
    def fit(self, x):
        return scale(x) * 2
def scale(x):
    return x + 1
def load(n):
    return Model()
def keep(model):
    return model
def f(model, x):
    return model.fit(x)
"""


@pytest.mark.parametrize(
    ("changed", "is_seen"),
    [
        (CHAIN, False),
        (CHAIN.replace("return Model()", "return Model() if n else Model()"), False),
        (CHAIN.replace("* 2", "* 3"), True),
        (CHAIN.replace("x + 1", "x + 2"), True),
    ],
    ids=["nothing", "the task that makes it", "a method of its class", "what the method calls"],
)
def test_the_class_of_what_another_task_makes(load, changed, is_seen):
    """Its content tells only the name of the class, and the code that runs here is the class's."""
    told = []
    for text in (CHAIN, changed):
        job, flow = load("fp_job", text), WorkflowGraph()
        made = flow.add_task(job.load, {"n": 1})
        kept = flow.add_task(job.keep, {"model": [made.outputs["result"]]})
        used = flow.add_task(job.f, {"model": kept.outputs["result"], "x": 1})
        told.append(cache_parts(used).code)
    assert (told[0] != told[1]) is is_seen


def test_a_chain_of_thousands_of_tasks():
    def step(x):
        return x

    flow = WorkflowGraph()
    last = flow.add_task(step, {"x": 1})
    for _ in range(5000):
        last = flow.add_task(step, {"x": last.outputs["result"]})
    assert set(cache_parts(last).code) == {"function `step`", "outputs", "version"}
