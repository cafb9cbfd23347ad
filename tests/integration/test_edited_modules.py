"""What runs again once a module beside a notebook is edited: the plan says it, the run does it."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from maze_nb.magics.status import in_words

HELPERS = """
import consts

RATE = 3

def norm(x):
    return x * RATE

def other(x):
    return x - 1 + 0 * consts.ZERO

class Money:
    def __init__(self, amount):
        self.amount = amount

    def doubled(self):
        return 2 * self.amount
"""
MORE = HELPERS + "\ndef new(x):\n    return x\n"

START = """
import importlib, json, os, sys
sys.dont_write_bytecode = True  # or a reload within a second of an edit reads the old bytecode
from pathlib import Path
os.chdir({folder!r})
sys.path[0] = {folder!r}
from maze_nb import MaClient
import helpers
from helpers import other
client = MaClient({address!r})

def rated(x):
    return x * helpers.RATE

def normed(x):
    return helpers.norm(x)

def imported(x):
    import helpers
    return helpers.norm(x)

def others(x):
    return other(x)

def money(x):
    return helpers.Money(x)

def spent(m):
    return m.doubled()

def after(n):
    return n + 1

def alone(x):
    return x + 1

def newest(x):
    return helpers.new(x)

def make(names):
    made = client.create_workflow()
    tasks = {{}}
    for name in names:
        reads = {{"spent": ("m", "money"), "after": ("n", "normed")}}.get(name)
        given = {{reads[0]: tasks[reads[1]].outputs["result"]}} if reads else {{"x": 5}}
        tasks[name] = made.add_task(globals()[name], given, cache=True, version=version)
    return made

def write(text, name="helpers.py"):
    Path(name).write_text(text)

def reload():
    importlib.reload(helpers)
    globals()["other"] = helpers.other

def autoreload():
    from IPython.extensions.autoreload import ModuleReloader
    global reloader
    reloader = globals().get("reloader") or ModuleReloader()
    reloader.check(check_all=True)

def step():
    made = make(names)
    plan = {{each.name: (each.verdict, each.reason) for each in made.plan()}}
    run = client.get_run(made.run())
    run.wait(60)
    ran = {{
        message["data"]["task_name"]
        for message in run.log.read() if message["type"] == "start_task"
    }}
    return [plan, sorted(ran), run.status]
"""
ALL = "rated normed imported others money spent after alone"
READERS = {"rated", "normed", "imported", "others", "money", "spent"}
EDIT = HELPERS.replace("RATE = 3", "RATE = 5")


class Case(NamedTuple):
    """Steps, each with what runs again in it and, if it is the same for all, why."""

    why: str
    steps: list[tuple[str, set[str], str]]
    names: str = ALL


EDITED = "module `helpers` was edited"
CASES = [
    Case("unchanged, commented, edited, run twice, and reloaded", [
        ("", set(), ""),
        ("write('# a comment' + HELPERS)", set(), ""),
        ("reload()", set(), ""),
        ("write(EDIT)", READERS | {"after"}, EDITED),
        ("", set(), ""),
        ("reload()", set(), ""),
        ("", set(), ""),
    ]),
    Case("edited and reloaded at once", [
        ("write(EDIT); reload()", {"rated", "normed", "imported", "after"}, ""),
        ("", set(), ""),
    ]),
    Case("edited and back", [
        ("write(EDIT)", READERS | {"after"}, EDITED),
        ("write(HELPERS)", set(), ""),
        ("write(EDIT)", set(), ""),
        ("write(HELPERS.replace('RATE = 3', 'RATE = 7'))", READERS | {"after"}, EDITED),
    ]),
    Case("autoreload", [
        ("autoreload(); write(EDIT); os.utime('helpers.py', (2e9, 2e9)); autoreload()",
         READERS | {"after"}, EDITED),
        ("", set(), ""),
        ("reload()", set(), ""),
    ]),
    Case("what it imports", [
        ("write('ZERO = 0.0', 'consts.py')", READERS | {"after"}, "module `consts` was edited"),
        ("importlib.reload(sys.modules['consts'])", set(), ""),
        ("reload()", set(), ""),
    ]),
    Case("a function that is not loaded", [
        ("names = ['newest', 'alone']; write(MORE)", {"newest"}, "never run before"),
        ("reload()", set(), ""),
    ]),
    Case("a class as what a task makes", [
        ("write(HELPERS.replace('2 * self', '3 * self'))", {"money", "spent"}, EDITED),
        ("reload()", set(), ""),
    ], "money spent alone"),
]  # fmt: skip


@pytest.fixture
def told(script: Callable[..., Any], separate: str, tmp_path: Path) -> Callable[[Case], Any]:
    """Give a function that goes through the steps of a case and returns what each did."""

    def go(case: Case) -> Any:
        folder = tmp_path / "beside"
        folder.mkdir()
        (folder / "helpers.py").write_text(HELPERS)
        (folder / "consts.py").write_text("ZERO = 0\n")
        lines = [
            START.format(folder=str(folder), address=separate),
            f"HELPERS, EDIT, MORE = {(HELPERS, EDIT, MORE)!r}",
            f"names, version = {(case.names.split(), case.why)!r}",
            "told = [step()]",
            *(f"{how}\ntold.append(step())" for how, _, _ in case.steps),
            "print(json.dumps(told))",
        ]
        home = tmp_path / "home"
        printed = script(textwrap.dedent("\n".join(lines)), MAZE_HOME=str(home)).end()
        return json.loads(printed.splitlines()[-1])

    return go


@pytest.mark.parametrize("case", CASES, ids=[case.why for case in CASES])
def test_the_plan_says_what_the_run_does(told, case):
    first, *rest = told(case)
    assert first[1] == sorted(case.names.split())
    for (how, expected, reason), (plan, ran, state) in zip(case.steps, rest, strict=True):
        assert state == "succeeded", how
        assert set(ran) == expected, how
        assert {name for name, (verdict, _) in plan.items() if verdict == "runs"} == set(ran), how
        reads = {"spent": "money", "after": "normed"}
        for name in expected if reason else ():
            if name != "after":
                assert reason in plan[name][1], (how, name)
                assert "changed" not in plan[name][1], (how, name)
            if reads.get(name) in expected:
                assert f"comes from task {reads[name]!r}, which runs again" in plan[name][1]


AUTORELOADED = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()

def cell(text):
    shell.run_cell(text).raise_error()

cell("%load_ext autoreload")
cell("%autoreload 2")
shell.user_ns.update(globals())
cell("told = [step()]")
for n, text in enumerate((EDIT, MORE.replace("x - 1", "x - 2"))):
    write(text)
    os.utime("helpers.py", (2e9 + n, 2e9 + n))
    cell("told.append(step())")
    cell("told.append([helpers.RATE, other(5)])")
print(json.dumps(shell.user_ns["told"]))
"""


def test_a_kernel_that_loads_by_itself_what_is_edited_is_not_warned(script, separate, tmp_path):
    folder = tmp_path / "beside"
    folder.mkdir()
    (folder / "helpers.py").write_text(HELPERS)
    (folder / "consts.py").write_text("ZERO = 0\n")
    given = f"HELPERS, EDIT, MORE = {(HELPERS, EDIT, MORE)!r}\nversion = 'autoreloaded'\n"
    names = f"names = {ALL.split()!r}\n"
    started = script(START.format(folder=str(folder), address=separate) + given + names
                     + AUTORELOADED, MAZE_HOME=str(tmp_path / "home"))  # fmt: skip
    _, first, kernel, second, kernel_then = json.loads(started.end().splitlines()[-1])
    assert [kernel, kernel_then] == [[5, 4], [3, 3]]
    for plan, ran, _ in (first, second):
        assert {name for name, (verdict, _) in plan.items() if verdict == "runs"} == set(ran)
        assert set(ran) >= READERS
        assert "alone" not in ran
    assert "was edited since" not in started.warnings


def test_a_notebook_says_so_too():
    assert in_words(EDITED) == "module 'helpers' was edited"
