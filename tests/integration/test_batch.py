"""``maze-nb run`` and what it promises: exit codes, output in every case, parameters, a report."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from maze_nb import MaClient
from tests.typed import Typed, typed

MAZE = Path(sys.executable).parent / "maze-nb"

FLOW = """\
from maze_nb import MaClient, task

@task
def half(x):
    return 6 / x

@task
def more(x):
    return x + 1

client = MaClient()
workflow = client.create_workflow("halves")
first = workflow.add_task(half, inputs={"x": divisor})
workflow.add_task(more, inputs={"x": first.outputs["result"]})
run_id = workflow.run()
"""


def write(
    folder: Path, *cells: str, parameters: str | None = None, kernel: str = "python3"
) -> Path:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}}
    )
    if parameters is not None:
        notebook.cells.append(
            nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
        )
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in cells]
    path = folder / "some notebook.ipynb"
    nbformat.write(notebook, path)
    return path


def maze_run(folder: Path, *words: object, at: MaClient | None = None) -> Typed:
    """Run a notebook as the command does; `at` has the cluster that its kernel connects to."""
    environment = {"COLUMNS": "120"}
    if at is not None:
        environment["DASK_SCHEDULER_ADDRESS"] = at.address
    return typed("run", *map(str, words), folder=folder, environment=environment)


def outputs(path: Path) -> str:
    return "".join(
        output.get("text") or output.get("ename") or ""
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", [])
    )


def test_all_succeeds(tmp_path, embedded):
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    (tmp_path / "more.yaml").write_text("divisor: 0\nword: from file\n")
    notebook = write(
        tmp_path,
        "import beside\nprint(divisor, word, beside.NAME)",
        FLOW,
        "assert workflow.show_results(run_id)['workflow_completed']",
        parameters="divisor = 1\nword = 'default'",
    )
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    answer = maze_run(
        elsewhere, notebook, *("-f", tmp_path / "more.yaml"), *("-p", "divisor", "2"),
        *("--report", "page.html"), at=embedded,
    )  # fmt: skip
    assert answer.code == 0, answer.output + answer.errors
    assert "2 from file beside" in outputs(elsewhere / "out" / notebook.name)
    assert re.search(r"halves .* 2 succeeded .* m?s .* ✓ succeeded", answer.output)
    assert f"{notebook.name}: cell 5/5" in answer.errors
    page = (elsewhere / "page.html").read_text()
    assert "from file" in page
    assert "application/vnd.jupyter.widget" not in page


def test_a_failed_task(tmp_path, embedded):
    notebook = write(tmp_path, FLOW, "workflow.show_results(run_id)", parameters="divisor = 0")
    answer = maze_run(tmp_path, notebook, "done/executed.ipynb", at=embedded)
    assert answer.code == 1, answer.output + answer.errors
    assert re.search(r"1 failed, 1 skipped|1 skipped, 1 failed", answer.output)
    assert re.search(r"✕ task half of run \S+: ZeroDivisionError", answer.output)
    assert (tmp_path / "done" / "executed.ipynb").exists()


def test_a_run_nobody_waited_for_is_waited_for_at_the_end(tmp_path):
    slow = FLOW.replace("return 6 / x", "import time; time.sleep(1); return 6 / x")
    notebook = write(tmp_path, slow, parameters="divisor = 1")
    answer = maze_run(tmp_path, notebook)
    assert answer.code == 0, answer.output + answer.errors
    assert "2 succeeded" in answer.output
    written = nbformat.read(tmp_path / "out" / notebook.name, as_version=4)
    assert len(written.cells) == 2


def test_a_run_that_a_failed_cell_leaves_behind(tmp_path):
    slow = FLOW.replace("return 6 / x", "import time; time.sleep(60)")
    notebook = write(tmp_path, slow, "1 / 0", parameters="divisor = 1")
    answer = maze_run(tmp_path, notebook)
    assert answer.code == 1, answer.output + answer.errors
    # The kernel takes its cluster along: it may still hear of the end of that, or not.
    assert re.search(
        r"had not ended when the kernel did: see maze-nb runs show \w{32}"
        r"|was interrupted: resume it with maze-nb runs resume \w{32}",
        answer.output,
    )


def test_a_failed_cell(tmp_path):
    notebook = write(tmp_path, "print('before')", "1 / 0", "print('after')")
    # In a process of its own, as a shell would start it.
    answer = subprocess.run(
        [MAZE, "run", notebook], cwd=tmp_path, capture_output=True, text=True, timeout=90,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert "In [2]: ZeroDivisionError: division by zero" in answer.stdout
    written = outputs(tmp_path / "out" / notebook.name)
    assert "before" in written
    assert "ZeroDivisionError" in written
    assert "after" not in written


def test_a_kernel_that_dies(tmp_path):
    notebook = write(tmp_path, "print('before')", "import os; os._exit(3)")
    answer = maze_run(tmp_path, notebook)
    assert answer.code == 1, answer.output + answer.errors
    assert "the kernel ended" in answer.output
    assert "before" in outputs(tmp_path / "out" / notebook.name)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["missing.ipynb"], "does not exist"),
        (["broken.ipynb"], "is not a notebook that can be read"),
        (["some notebook.ipynb", "-p", "alhpa", "1"], "did you mean 'alpha'"),
        (["some notebook.ipynb", "-f", "list.yaml"], "one 'name: value' a line"),
        (["some notebook.ipynb", "--kernel", "no-such-kernel"], "needs the kernel"),
        (["some notebook.ipynb", "./some notebook.ipynb"], "would overwrite"),
        (["some notebook.ipynb", "--wrong"], "No such option"),
        ([], "Missing argument"),
    ],
    ids=["missing", "broken", "parameter", "file", "kernel", "same", "option", "nothing"],
)
def test_a_wrong_command(tmp_path, words, complaint):
    write(tmp_path, "print(alpha)", parameters="alpha = 1")
    (tmp_path / "broken.ipynb").write_text("{}")
    (tmp_path / "list.yaml").write_text("- 1\n")
    answer = maze_run(tmp_path, *words)
    assert answer.code == 2, answer.output + answer.errors
    assert complaint in re.sub(r"\s+", " ", answer.errors)
    assert not (tmp_path / "out").exists()


def test_demo(tmp_path, embedded):
    answer = subprocess.run(
        [MAZE, "demo"], cwd=tmp_path, env=os.environ | {"DASK_SCHEDULER_ADDRESS": embedded.address},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(r"support vectors +9\d\.\d%", answer.stdout)
    assert "Best at reading digits: " in answer.stdout
    assert re.search(r"learning curve .* 6 succeeded", answer.stdout)
    for name in ("01_quickstart.ipynb", "01_quickstart.html"):
        assert f"out/{name}" in answer.stdout
        assert (tmp_path / "out" / name).stat().st_size > 10_000
    executed = nbformat.read(tmp_path / "out" / "01_quickstart.ipynb", as_version=4)
    page = (tmp_path / "out" / "01_quickstart.html").read_text()
    stills = [
        still for still in re.findall(r"data:image/svg\+xml[^\"]+", page) if len(still) > 2000
    ]
    assert len(stills) >= 3, "the graph, and both runs"
    figures = [
        output.data["image/png"].strip()
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(figures) == 2
    assert all(figure in page for figure in figures)


# As the run that a cell waits for is cancelled before the cell ends.
SLOW_TO_END = """
open('here', 'w').close()
import time
try:
    time.sleep(60)
finally:
    time.sleep(1)
"""


def test_what_a_kernel_writes_to_its_standard_error_is_passed_on(tmp_path):
    late = (
        "import atexit, os\natexit.register(os.write, 2, b'at its end\\n')\n"
        "atexit.register(os.write, 2, b'[IPKernelApp] WARNING | Parent appeared to have exited\\n'"
        " b'Traceback (most recent call last):\\n  File x\\nOSError: gone\\n')"
    )
    notebook = write(tmp_path, f"{late}\nos.write(2, b'in between\\n')")
    answer = maze_run(tmp_path, notebook)
    assert answer.code == 0, answer.output + answer.errors
    assert "in between\n" in answer.errors
    assert "at its end\n" in answer.errors
    # What its own log says as it ends is nothing of the notebook.
    assert "IPKernelApp" not in answer.errors
    assert "gone" not in answer.errors


def test_interrupted(tmp_path):
    notebook = write(tmp_path, "print('before')", SLOW_TO_END)
    with subprocess.Popen(
        [MAZE, "run", notebook],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "here").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stdout
    assert "Interrupted" in stdout
    assert "Traceback" not in stderr
    assert {line.split(":")[0] for line in stderr.splitlines()} == {notebook.name}
    assert "before" in outputs(tmp_path / "out" / notebook.name)


def test_retries_are_told_and_the_error_is_said_once(tmp_path, embedded):
    notebook = write(
        tmp_path,
        "%load_ext maze_nb",
        "%%maze_task shaky --retries 1 --backoff 0.1\nraise OSError('the store is gone')",
        "%maze_run",
    )
    answer = maze_run(tmp_path, notebook, at=embedded)
    assert answer.code == 1, answer.output + answer.errors
    assert "cell 3/3: shaky: attempt 2 of 2 in" in answer.errors
    assert "after 2 attempts: OSError: the store is gone" in answer.output
    assert answer.output.count("the store is gone") == 2, "said once, and in the line of code"
