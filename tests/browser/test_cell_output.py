"""What a task puts out stands under its own cell in a real JupyterLab, as it happens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from lab import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

Opener = Callable[[list[str]], Notebook]

SETUP = """
%load_ext maze_nb
gate = {gate!r}
"""
TRAIN = """%%maze_task train
import os, sys, time
for epoch in range(3):
    print("epoch", epoch)
print("\\x1b[31mred\\x1b[0m")
print("careful", file=sys.stderr)
for _ in range(3000):
    if os.path.exists(gate):
        break
    time.sleep(0.01)
print("trained")
score = 0.9"""
PLOT = """%%maze_task plot
import matplotlib.pyplot as plt
figure, axes = plt.subplots(figsize=(3, 2))
axes.plot([score, 2, 1])
plt.show()
import pandas as pd
table = pd.DataFrame({"name": ["a", "b"], "score": [score, 2]})
table"""
BROKEN = """%%maze_task broken
rows = []
print("before")
first = rows[int(score)]"""
AFTER = "%%maze_task after\nlast = first"
CELLS = [TRAIN, PLOT, BROKEN, AFTER, "%maze_run"]


def outputs(notebook: Notebook, cell: int) -> list[str]:
    """Return the outputs of a cell as a person reads them, without those that take no room."""
    return list(
        notebook.page.evaluate(
            "cell => [...document.querySelectorAll('.jp-CodeCell')[cell]"
            ".querySelectorAll('.jp-OutputArea-child')]"
            ".filter(each => each.getBoundingClientRect().height > 0)"
            ".map(each => each.innerText.trim())",
            cell,
        )
    )


def wait_for(notebook: Notebook, cell: int, selector: str) -> None:
    notebook.page.wait_for_selector(f".jp-CodeCell >> nth={cell} >> .jp-OutputArea >> {selector}")


def room(notebook: Notebook, cell: int) -> float:
    """Return how high what stands under a cell is."""
    height = "cell => document.querySelectorAll('.jp-CodeCell')[cell].querySelector('.jp-OutputArea').getBoundingClientRect().height"  # noqa: E501
    return float(notebook.page.evaluate(height, cell))


def use_theme(notebook: Notebook, theme: str, *, is_light: bool) -> None:
    notebook.page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme
    )
    notebook.page.wait_for_selector(
        f'body[data-jp-theme-light="{str(is_light).lower()}"]', state="attached"
    )
    notebook.page.wait_for_selector("#jupyterlab-splash", state="detached")


def test_output_stands_under_its_cell_while_another_runs(
    notebook: Opener, tmp_path: Path, screens: Path, lab: tuple[str, Path]
) -> None:
    gate = tmp_path / "gate"
    opened = notebook([SETUP.format(gate=str(gate)), *CELLS])
    page = opened.page
    page.set_viewport_size({"width": 1280, "height": 1500})
    for index in range(len(CELLS)):
        opened.run_cell(index)
    assert outputs(opened, 1) == ["task train: reads gate; makes epoch, score"]
    assert room(opened, 1) < 30

    opened.run_cell(len(CELLS), wait=False)
    wait_for(opened, 1, "text=careful")
    line, *printed = outputs(opened, 1)
    assert line.startswith("◐ train · running 0:0")
    assert printed == ["epoch 0\nepoch 1\nepoch 2\nred", "careful"]
    assert outputs(opened, 2)[0].startswith("○ plot · waiting")
    assert page.inner_text(f".jp-CodeCell >> nth={len(CELLS)} >> .jp-InputPrompt") == "[*]:"
    page.screenshot(path=screens / "lab-cell-output-running.png")

    gate.touch()
    wait_for(opened, 1, "text=trained")
    wait_for(opened, 2, "img")
    wait_for(opened, 2, "table.dataframe")
    wait_for(opened, 3, "text=IndexError: list index out of range")
    wait_for(opened, 4, "text=skipped: broken failed")
    wait_for(opened, len(CELLS), "text=The traceback is under the cell of task 'broken'.")
    assert outputs(opened, 1)[0].startswith("✓ train · ")
    assert outputs(opened, 2)[0].startswith("✓ plot · ")
    line, before, traceback = outputs(opened, 3)
    assert line.startswith("✕ broken · IndexError on line 4: list index out of range")
    assert before == "before"
    assert 'File "<cell broken>", line 4' in traceback
    assert "first = rows[int(score)]" in traceback
    said = page.inner_text(f".jp-CodeCell >> nth={len(CELLS)} >> .jp-OutputArea")
    assert "task 'broken' failed on line 4 of its cell: IndexError" in said
    assert "<cell broken>" not in said
    page.screenshot(path=screens / "lab-cell-output.png")
    use_theme(opened, "JupyterLab Dark", is_light=False)
    page.screenshot(path=screens / "lab-cell-output-dark.png")
    use_theme(opened, "JupyterLab Light", is_light=True)

    opened.execute("docmanager:save")
    path = next(lab[1].glob("test_output_stands*.ipynb"))
    page.wait_for_function("() => !window.jupyterapp.shell.currentWidget.context.model.dirty")
    saved = nbformat.read(path, as_version=4)
    nbformat.validate(saved)
    kinds = {kind for output in saved.cells[2].outputs for kind in output["data"]}
    assert {"image/png", "text/html"} <= kinds
    assert opened.errors == []


def test_a_bar_stays_one_line_and_a_cell_run_again_begins_anew(notebook: Opener) -> None:
    bar = (
        "%%maze_task bar --no-cache\nimport sys, time\nfor i in range(101):\n"
        "    sys.stderr.write(f'\\r{i} %')\n    time.sleep(0.002)\nprint()\nx = 1"
    )
    opened = notebook(["%load_ext maze_nb", bar, "%maze_run"])
    for _ in range(2):
        opened.run_cell(0)
        opened.run_cell(1)
        assert outputs(opened, 1) == ["task bar: reads nothing; makes i, x"]
        opened.run_cell(2)
        wait_for(opened, 1, "text=100 %")
        line, text, *_ = outputs(opened, 1)
        assert line.startswith("✓ bar · ")
        assert text == "100 %"
    assert opened.errors == []


def test_a_cell_that_blocks_no_other_shows_what_it_puts_out(
    notebook: Opener, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    slow = (
        "%%maze_task slow --run --no-cache\nimport os, time\nprint('begun')\n"
        "for _ in range(3000):\n    if os.path.exists(gate):\n        break\n"
        "    time.sleep(0.01)\nprint('ended')\nx = 1"
    )
    opened = notebook([SETUP.format(gate=str(gate)), slow, "1 + 1"])
    opened.run_cell(0)
    opened.run_cell(1)
    wait_for(opened, 1, "text=begun")
    opened.run_cell(2)
    assert outputs(opened, 2)[0].endswith("2")
    assert outputs(opened, 1)[0].startswith("◐ slow · running")
    gate.touch()
    wait_for(opened, 1, "text=ended")
    wait_for(opened, 1, "text=/✓/")
    assert opened.errors == []
