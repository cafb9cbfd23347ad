"""IPython's display functions and matplotlib's figures in tasks, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

BEGIN = """
import json, sys, threading
from collections import OrderedDict
from maze_nb.runners.screen import current
from maze_nb.runners.figures import show_figures
from maze_nb.worker import showing

class Screen:
    def __init__(self):
        self.figures, self.shown = None, []
    def display(self, data, metadata, display_id=""):
        self.shown.append([data, metadata, display_id])

def in_task(function):
    screen = Screen()
    token = current.set(screen)
    try:
        function()
    finally:
        current.reset(token)
    return screen

def tell(value):
    print(json.dumps(value))

showing.install()
"""


def told_by(code: str, **env: str) -> object:
    made = subprocess.run(
        [sys.executable, "-W", "error", "-c", BEGIN + code],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, **env},
    )
    assert made.returncode == 0, made.stderr
    return json.loads(made.stdout.splitlines()[-1])


def test_it_imports_nothing():
    code = "tell([name for name in ('IPython', 'matplotlib', 'tqdm') if name in sys.modules])"
    assert told_by(code) == []


@pytest.mark.parametrize("early", ["", "import IPython\n"], ids=["later", "before"])
def test_display_goes_to_the_task(early):
    code = """
def task():
    from IPython.display import HTML, display, publish_display_data
    display(1, "two")
    display(HTML("<b>"), metadata={"text/html": {"isolated": True}})
    publish_display_data({"text/plain": "published"})
    display({"text/plain": "raw"}, raw=True)
tell(in_task(task).shown)
"""
    assert told_by(code.replace("def task", f"{early}def task", 1)) == [
        [{"text/plain": "1"}, {}, ""],
        [{"text/plain": "'two'"}, {}, ""],
        [
            {"text/plain": "<IPython.core.display.HTML object>", "text/html": "<b>"},
            {"text/html": {"isolated": True}},
            "",
        ],
        [{"text/plain": "published"}, {}, ""],
        [{"text/plain": "raw"}, {}, ""],
    ]


def test_displays_with_an_id_can_be_updated():
    code = """
def task():
    from IPython.display import clear_output, update_display
    handle = display(1, display_id=True)
    handle.update(2)
    update_display(3, display_id=handle.display_id)
    display(4, display_id="mine")
    clear_output()
shown = in_task(task).shown
ids = [each[2] for each in shown]
tell([ids[0] != "", len(set(ids[:3])), [each[0] for each in shown], ids[3]])
"""
    values = [{"text/plain": str(number)} for number in (1, 2, 3, 4)]
    assert told_by(code) == [True, 1, values, "mine"]


def test_outside_of_tasks_display_is_what_it_was():
    assert told_by("display('printed')\nprint()\ntell(1)") == 1


FIGURES = """
import matplotlib.pyplot as plt
def kinds(screen):
    return [sorted(data) for data, _, _ in screen.shown]
"""


@pytest.mark.parametrize("backend", ["", "TkAgg", "module://matplotlib_inline.backend_inline"])
def test_figures_are_shown_and_no_window_is_opened(backend):
    code = """
import matplotlib
def task():
    matplotlib.use("QtAgg")
    import matplotlib.pyplot as plt
    plt.switch_backend("TkAgg")
    plt.plot([1, 2]); plt.show()
    plt.plot([2, 1]); figure, _ = plt.subplots(); figure.gca().plot([1])
    figure.show()
    show_figures()
    assert plt.get_fignums() == []
screen = in_task(task)
tell([matplotlib.get_backend(), [sorted(data) for data, _, _ in screen.shown]])
"""
    env = {"MPLBACKEND": backend} if backend else {}
    assert told_by(code, **env) == [
        "module://maze_nb.runners.figures_backend",
        [["image/png", "text/plain"]] * 4,
    ]


def test_figures_of_tasks_in_threads_are_their_own():
    code = (
        FIGURES
        + """
meet = threading.Barrier(2, timeout=60)
found = {}
def task(name, lines):
    def run():
        for number in range(lines):
            meet.wait()
            plt.plot([number, 1])
        meet.wait()
        found[name] = [len(plt.gcf().axes[0].lines), plt.get_fignums()]
        show_figures()
    found["kinds " + name] = kinds(in_task(run))
threads = [threading.Thread(target=task, args=(name, 3)) for name in "ab"]
[each.start() for each in threads]; [each.join(60) for each in threads]
tell([found[name] for name in ("a", "b", "kinds a", "kinds b")] + [plt.get_fignums()])
"""
    )
    picture = [["image/png", "text/plain"]]
    assert told_by(code) == [[3, [1]], [3, [1]], picture, picture, []]


def test_figures_outside_of_tasks_stay_there():
    code = (
        FIGURES
        + """
plt.figure("outside")
screen = in_task(lambda: (plt.close("all"), plt.figure(), plt.show()))
tell([kinds(screen), plt.get_figlabels()])
"""
    )
    assert told_by(code) == [[["text/plain"]], ["outside"]]


def test_a_figure_that_was_shown_is_not_open_where_it_is_unpickled():
    code = (
        FIGURES
        + """
import pickle
def task():
    global data
    figure = plt.figure(); figure.gca().plot([1])
    show_figures()
    data = pickle.dumps(figure)
in_task(task)
tell(kinds(in_task(lambda: (pickle.loads(data), show_figures()))))
"""
    )
    assert told_by(code) == []


def test_a_module_that_is_changed_looks_as_it_was():
    code = """
import inspect
import IPython.core.display_functions as module
tell([module.__spec__.loader is module.__loader__, type(module.__loader__).__name__,
      "def clear_output" in inspect.getsource(module)])
"""
    assert told_by(code) == [True, "SourceFileLoader", True]


def test_a_process_with_a_shell_is_left_alone():
    code = """
from IPython.core.interactiveshell import InteractiveShell
from maze_nb.worker.showing import _hook
sys.meta_path.remove(_hook)
shell = InteractiveShell.instance()
showing.install()
tell(_hook in sys.meta_path)
"""
    assert told_by(code) is False
