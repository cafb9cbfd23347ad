"""Importing the package costs little: what a child process needs, or what a notebook needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

import maze_nb

CODE = """
import sys, time
spent = []
for name in sys.argv[1:]:
    start = time.process_time()
    __import__(name)
    spent.append(time.process_time() - start)
print(*spent)
"""
ATTEMPTS = 7


def import_seconds(*modules: str) -> list[float]:
    """Return the processor seconds that a fresh interpreter spends on each import, in turn."""
    answer = subprocess.run(
        [sys.executable, "-c", CODE, *modules],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [float(seconds) for seconds in answer.stdout.split()]


# Both imports of a pair are timed in one process, moments apart, since a machine that is busy
# with something else slows both; and the least of some attempts counts.


@pytest.mark.alone
def test_a_client_costs_little_more_than_dask() -> None:
    """A notebook asks for a client at once."""
    for _ in range(ATTEMPTS):
        dask, rest = import_seconds("distributed", "maze_nb.sdk.client")
        if rest <= 0.3 * dask:
            return
    pytest.fail(f"{rest:.3f} s on top of {dask:.3f} s for Dask itself")


@pytest.mark.alone
def test_a_child_process_costs_less_than_dask() -> None:
    """Each child process of a worker imports it, with none of Dask's scheduler."""
    for _ in range(ATTEMPTS):
        child, rest = import_seconds("maze_nb.worker.children.program", "distributed")
        if child <= 0.6 * (child + rest):
            return
    pytest.fail(f"{child:.3f} s, and {rest:.3f} s more for all of Dask")


def modules_after(statement: str) -> set[str]:
    answer = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(answer.stdout.split())


@pytest.mark.parametrize("statement", ["import maze_nb", "import maze_nb.worker.children.program"])
def test_what_is_heavy_is_imported_only_when_it_is_asked_for(statement):
    heavy = {"distributed", "IPython", "ipywidgets", "anywidget", "numpy", "maze_nb.sdk.client"}
    assert not modules_after(statement) & heavy


@pytest.mark.parametrize("name", ["MaClient", "Run", "Workflow", "current_task", "task"])
def test_all_names_are_there(name):
    modules_after(f"from maze_nb import {name}; assert {name}.__name__ == {name!r}")
    modules_after(f"import maze_nb; assert {name!r} in dir(maze_nb); maze_nb.{name}")


@pytest.mark.parametrize("first", ["maze_nb", "maze_nb.sdk.client", "maze_nb.sdk.presenter"])
def test_runs_are_shown_richly_whatever_was_imported_first(first):
    modules_after(
        f"import {first}; from maze_nb.sdk.presenter import presenter; "
        "assert type(presenter()).__name__ == 'NotebookPresenter'"
    )


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        maze_nb.nothing  # noqa: B018
