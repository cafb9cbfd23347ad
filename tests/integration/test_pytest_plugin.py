"""The plugin for pytest, in sessions of their own, with the examples of ``docs/testing.md``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest

from maze_nb.config import HOME_VARIABLE
from tests.waiting import wait_until

PAGE = (Path(__file__).parents[2] / "docs/testing.md").read_text("utf-8")
BOUND = 115
pytestmark = pytest.mark.slow
TRAIN = (
    "depth = 2",
    """
import maze_nb
from maze_nb import MaClient, task

if depth <= 0:
    raise ValueError("depth has to be above 0")
""",
    """
@task(outputs=["tree"])
def grow(depth):
    return {"tree": ["leaf"] * 2**depth}

client = MaClient()
workflow = client.create_workflow("train")
tree = workflow.add_task(grow, inputs={"depth": depth})
run = client.get_run(workflow.run())
run.wait(60)
maze_nb.record("depth", depth)
maze_nb.record("shape", (len(run.result(tree)["tree"]), 1))
""",
)


def write_notebook(path: Path, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    notebook.cells[0].metadata["tags"] = ["parameters"]
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, path)


class Project:
    """A folder with tests of a user."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home-of-the-user"
        self._started: list[subprocess.Popen[str]] = []
        self.environment = {
            **os.environ,
            HOME_VARIABLE: str(self.home),
            # Where nobody may go.
            "DASK_SCHEDULER_ADDRESS": "tcp://127.0.0.1:1",
        }
        (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")

    def start(self, *words: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-p", "no:asyncio", "-p", "no:cacheprovider", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End the sessions that have not ended."""
        for process in self._started:
            process.kill()
            process.communicate(timeout=BOUND)

    def said(self, *words: str, code: int = 0) -> str:
        process = self.start(*words)
        output, _ = process.communicate(timeout=BOUND)
        assert process.returncode == code, output
        return output

    def write(self, name: str, code: str) -> None:
        (self.folder / name).write_text(code)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path)
    try:
        yield made
    finally:
        made.end()


def test_the_examples_of_the_page(project: Project) -> None:
    for code in re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        project.write(re.match(r"# (\S+)\n", code)[1], code)
    write_notebook(project.folder / "train.ipynb", *TRAIN)
    assert "3 passed" in project.said("-q")
    # It is the user's, and nothing of the tests is in it.
    assert not project.home.exists()


FAILING = """
def test_cell(maze_run, maze_cluster):
    maze_run("broken.ipynb", limit=3)

def test_task(maze_run, maze_cluster):
    maze_run("task_cell.ipynb", limit=3)
"""
OUTCOMES = """
from pathlib import Path
import pytest
from maze_nb import MaClient
from maze_nb.errors import MazeError

def test_a_task_that_fails(maze_run, maze_cluster):
    run = maze_run.outcome("task.ipynb")
    assert (run.state, len(run.run_ids)) == ("failed", 1)
    assert "no luck" in run.error and run.output.exists()
    with MaClient() as client:
        assert client.address == maze_cluster.address
        assert client.get_run(run.run_ids[0]).status == "failed"
    assert Path(maze_cluster.home, "runs.db").exists()

@pytest.mark.parametrize(("words", "said"), [
    ((["tsk.ipynb"], {}), "did you mean 'task.ipynb'"),
    ((["task.ipynb"], {"limt": 1}), "did you mean 'limit'"),
    ((["task.ipynb"], {"limit": object()}), "parameter 'limit' cannot be written"),
])
def test_what_cannot_be_run(maze_run, words, said):
    with pytest.raises(MazeError, match=said):
        maze_run(*words[0], **words[1])
"""
TASK = (
    "limit = 1",
    """
from maze_nb import MaClient, task

@task(outputs=["x"])
def unlucky():
    raise RuntimeError("no luck")

client = MaClient()
workflow = client.create_workflow("w")
workflow.add_task(unlucky)
workflow.run()
""",
)


def test_outcomes_and_what_is_shown_of_failures(project: Project) -> None:
    write_notebook(
        project.folder / "broken.ipynb", "limit = 1", "if limit > 2:\n    raise KeyError('deep')"
    )
    cells = "%load_ext maze_nb", "%%maze_task a\nx = 1 / 0", "%maze_run"
    write_notebook(project.folder / "task_cell.ipynb", "limit = 1", *cells)
    write_notebook(project.folder / "task.ipynb", *TASK)
    project.write("test_failing.py", FAILING)
    project.write("test_outcomes.py", OUTCOMES)
    output = project.said("-q", code=1)
    assert "2 failed, 4 passed" in output
    assert "broken.ipynb failed: In [" in output
    assert "of the executed notebook:" in output
    assert re.search(r"^E +if limit > 2:\nE +raise KeyError\('deep'\)$", output, re.MULTILINE)
    assert "KeyError: 'deep'" in output
    assert "as it was executed: /" in output
    assert "task 'a' failed on line 2 of its cell: ZeroDivisionError" in output
    # The traceback of a task is told once.
    assert output.count('File "<cell a>", line 2') == 1, output
    # Of the plugin's own code nothing is shown.
    assert "notebook_run.py" not in output.replace("notebook_run.NotebookFailedError", "")


def test_a_notebook_that_takes_too_long(project: Project) -> None:
    write_notebook(project.folder / "slow.ipynb", "pause = 1", "import time", "time.sleep(600)")
    project.write(
        "test_slow.py",
        "def test_slow(maze_run):\n"
        "    run = maze_run.outcome('slow.ipynb')\n"
        "    assert run.state != 'succeeded'\n"
        "    assert 'longer than 5 s' in run.error\n",
    )
    assert "1 passed" in project.said("-q", "-o", "maze_timeout=5")


def test_nbval_shares_a_cluster(project: Project) -> None:
    asked = "from maze_nb import MaClient\nwith MaClient() as client: print(client.address)"
    for name in ("a", "b"):
        write_notebook(project.folder / f"{name}.ipynb", asked + "\nassert client.address")
    project.write(
        "test_same.py",
        "import os\n"
        "def test_same(maze_cluster):\n"
        "    assert os.environ['DASK_SCHEDULER_ADDRESS'] == maze_cluster.address\n",
    )
    words = ("-q", "-W", "default", "--nbval-lax", "--maze-cluster", ".")
    assert "3 passed" in project.said(*words)


@pytest.mark.parametrize(("name", "text"), [("maze_slots", "1.5"), ("maze_timeout", "-1")])
def test_settings_that_make_no_sense(project: Project, name: str, text: str) -> None:
    project.write("test_it.py", "def test_it(maze_run): pass")
    output = project.said("-q", "-o", f"{name}={text}", code=1)
    assert f"the setting {name} is '{text}'" in output


def test_nothing_is_imported_until_a_fixture_is_used(project: Project) -> None:
    project.write(
        "test_it.py",
        "import sys\n"
        "def test_it(pytestconfig):\n"
        "    assert pytestconfig.pluginmanager.hasplugin('maze')\n"
        "    heavy = {'dask', 'distributed', 'maze_nb.config', 'maze_nb.sdk.client', 'papermill'}\n"
        "    assert not heavy & set(sys.modules)\n",
    )
    assert "1 passed" in project.said("-q")
    assert "maze_cluster" not in project.said("-q", "-p", "no:maze", "--fixtures")
    assert "maze_cluster [session scope]" in project.said("-q", "--fixtures")


def test_nothing_is_left_by_a_session_that_is_interrupted(project: Project) -> None:
    write_notebook(
        project.folder / "slow.ipynb",
        "pause = 1",
        f"open({str(project.folder / 'began')!r}, 'w').close()",
        "import time; time.sleep(600)",
    )
    project.write("test_slow.py", "def test_slow(maze_run): maze_run('slow.ipynb')")
    process = project.start("-q")
    wait_until((project.folder / "began").exists, 90)
    below = psutil.Process(process.pid).children(recursive=True)
    assert len(below) >= 3
    process.send_signal(2)
    process.communicate(timeout=60)
    assert process.returncode == 2
    wait_until(lambda: not any(each.is_running() for each in below), 30)
